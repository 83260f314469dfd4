import type { ImportRequest } from '../../cluster/csr-request.ts'
import { paths } from '../../cluster/paths.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { ensureFresh } from '../../ops/service.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import type { ControlPlanePhase } from '../phase.ts'

const kubeletConf = `${paths.kubernetesDir}/kubelet.conf`

/** A kubelet reads its certificate only when it starts, unless it made it itself. */
export const importedKubelet: ControlPlanePhase<ImportRequest> = {
  id: 'certs-import/kubelet',
  title: 'Restart the kubelet if its certificate changed',
  about: 'Restarts the kubelet if it started before its client certificate changed, and waits until it is healthy.',
  kubeadm: 'none',
  role: 'control-plane',
  skip({ request }) {
    if (request.restart === false) return 'named by --no-restart'
    return request.certificates.some(({ name }) => name === 'kubelet.conf') ? undefined : 'kubelet.conf is not imported'
  },
  async run(ctx) {
    const text = await readText(ctx.host, kubeletConf)
    const file = text === undefined ? undefined : parseKubeconfig(text, kubeletConf).clientCertFile
    // A kubelet that never ran has no files of its own.
    if (file === undefined) return
    const { path } = await replacedFile(ctx.host, file, 0o600)
    if (await ensureFresh(ctx.host, 'kubelet', [kubeletConf, path])) {
      ctx.report({ kind: 'result', key: 'restarted', value: 'kubelet' })
    }
    await waitForKubelet(ctx, watchOver(ctx, []))
  },
}
