import type { Node } from '../../cluster/cluster.ts'
import { localEndpoint } from '../../cluster/endpoints.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { readKubeconfig } from '../../observe/pki/admin-conf.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { kubeletCertificate } from '../../ops/kubelet-files.ts'
import { ensureFresh } from '../../ops/service.ts'
import type { Kubeconfig } from '../../pki/kubeconfig.ts'
import { kubeletsOwnUser, renderKubeconfig } from '../../render/kubeconfig.ts'
import type { Phase } from '../phase.ts'

/**
 * Points the kubelet at the API server on its own node. kubeadm requests the kubelet certificate there too, and so
 * waits for etcd and the API server first; kadm joins through the cluster's endpoint in the meantime.
 */
export const useLocalEndpoint: Phase = {
  id: 'kubelet-finalize/local-endpoint',
  flags: ['control-plane'],
  needs: [],
  title: "Point the kubelet at this node's own API server",
  about: 'Points the kubelet at the API server of its own node.',
  kubeadm: { partOf: 'kubelet-start' },
  role: 'control-plane',
  async run({ cluster, node, host }) {
    const path = `${paths.kubernetesDir}/kubelet.conf`
    const found = await readKubeconfig(host, path)
    const server = localEndpoint(node)
    // The kubelet already uses the file that it wrote.
    if (found.server === server && found.user === kubeletsOwnUser) return
    const { caPem = '' } = found
    const files = await filesOf(host, node, found)
    if (files === undefined) return
    const content = renderKubeconfig({
      clusterName: cluster.config.clusterName,
      server,
      caPem,
      user: `system:node:${node.name}`,
      ...files,
    })
    await ensureFile(host, { path, content, mode: 0o600 })
    await ensureFresh(host, 'kubelet', [path])
  },
}

/** A kubelet copies a certificate that the operator brought in kubelet.conf to the file that it rotates. */
async function filesOf(host: HostReader, node: Node, { clientCertFile, clientKeyFile }: Kubeconfig) {
  if (clientCertFile !== undefined && clientKeyFile !== undefined) {
    return { clientCertificate: clientCertFile, clientKey: clientKeyFile }
  }
  const path = kubeletCertificate(node)
  return (await host.stat(path)) === undefined ? undefined : { clientCertificate: path, clientKey: path }
}
