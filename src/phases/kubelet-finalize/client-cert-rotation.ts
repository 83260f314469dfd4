import { paths } from '../../cluster/paths.ts'
import { readKubeconfig } from '../../observe/admin-conf.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { kubeletCertificate } from '../../ops/kubelet-files.ts'
import { ensureFresh } from '../../ops/service.ts'
import { renderKubeconfig } from '../../render/kubeconfig.ts'
import type { Phase } from '../phase.ts'

/** Points kubelet.conf at the certificate that the kubelet rotates by itself, once it is there. */
export const enableClientCertRotation: Phase = {
  id: 'kubelet-finalize/enable-client-cert-rotation',
  title: 'Let the kubelet rotate its client certificate',
  async run({ node, host }) {
    const pem = kubeletCertificate(node)
    if ((await host.stat(pem)) === undefined) return
    const path = `${paths.kubernetesDir}/kubelet.conf`
    const found = await readKubeconfig(host, path)
    const content = renderKubeconfig({
      clusterName: found.clusterName,
      server: found.server,
      caPem: found.caPem ?? '',
      user: found.user,
      clientCertificate: pem,
      clientKey: pem,
    })
    await ensureFile(host, { path, content, mode: 0o600 })
    await ensureFresh(host, 'kubelet', [path])
  },
}
