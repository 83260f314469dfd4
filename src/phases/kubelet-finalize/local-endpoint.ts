import { localEndpoint } from '../../cluster/endpoints.ts'
import { paths } from '../../cluster/paths.ts'
import { readKubeconfig } from '../../observe/pki/admin-conf.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { ensureFresh } from '../../ops/service.ts'
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
    const { clientCertFile, clientKeyFile, caPem = '' } = found
    if (clientCertFile === undefined || clientKeyFile === undefined) return
    const content = renderKubeconfig({
      clusterName: cluster.config.clusterName,
      server,
      caPem,
      user: `system:node:${node.name}`,
      clientCertificate: clientCertFile,
      clientKey: clientKeyFile,
    })
    await ensureFile(host, { path, content, mode: 0o600 })
    await ensureFresh(host, 'kubelet', [path])
  },
}
