import { pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import { type RotateRequest, rotationFiles } from '../../cluster/rotation.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { withSigningFiles } from '../../render/static-pod/signing-files.ts'
import type { ControlPlanePhase } from '../phase.ts'
import { clusterGoal, unless } from './goal.ts'

/**
 * The controller manager signs with the first and only certificate of a file, and the API documents `--client-ca-file`
 * as not a bundle either. While both CAs are trusted, ca.crt is a bundle, so that both flags name another file.
 */
export const pointControllerManager: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/controller-manager',
  title: 'Point the controller manager at the CA that signs',
  about: 'Sets the signing files and the client CA of kube-controller-manager to the CA that signs.',
  kubeadm: 'none',
  role: 'control-plane',
  skip: unless('ca'),
  async run({ cluster, host, request }) {
    const goal = clusterGoal(request)
    const path = paths.manifest('kube-controller-manager')
    const [text, stat] = await Promise.all([readText(host, path), host.stat(path)])
    if (goal === undefined || text === undefined) return
    const { certificatesDir } = cluster.config
    const usual = pairOf(certificatesDir, 'ca')
    const files = rotationFiles(certificatesDir, 'ca')
    const signer = goal.signer === goal.old ? files.old : files.new
    const content = withSigningFiles(text, [usual, files.old, files.new], goal.both ? signer : usual)
    await ensureFile(host, { path, content, mode: stat?.mode ?? 0o600 })
  },
}
