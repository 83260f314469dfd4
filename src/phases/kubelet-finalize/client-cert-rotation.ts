import { paths } from '../../cluster/paths.ts'
import { secret } from '../../cluster/secret.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { missingKubeconfig } from '../../observe/pki/admin-conf.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { kubeletCertificate } from '../../ops/kubelet-files.ts'
import { ensureFresh } from '../../ops/service.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { pointAtFiles } from '../../pki/kubeconfig-edit.ts'
import type { Phase } from '../phase.ts'

/** Points kubelet.conf at the certificate that the kubelet rotates, once it exists. */
export const enableClientCertRotation: Phase = {
  id: 'kubelet-finalize/enable-client-cert-rotation',
  title: 'Let the kubelet rotate its client certificate',
  about: 'Points kubelet.conf at the certificate that the kubelet rotates.',
  flags: ['cert-dir'],
  needs: [],
  async run({ node, host }) {
    const pem = kubeletCertificate(node)
    if ((await host.stat(pem)) === undefined) return
    const path = `${paths.kubernetesDir}/kubelet.conf`
    const text = await readText(host, path)
    if (text === undefined) throw missingKubeconfig(host, path)
    const { clientCertFile, clientKeyFile } = parseKubeconfig(text, path)
    if (clientCertFile !== pem || clientKeyFile !== pem) {
      // The replaced text contains a key.
      const content = secret(pointAtFiles(text, { certificate: pem, key: pem }, path))
      await ensureFile(host, { path, content, mode: 0o600 })
    }
    await ensureFresh(host, 'kubelet', [path])
  },
}
