import { type RotatedCa, type RotateRequest, rotationFiles, rotationsDir } from '../../cluster/rotation.ts'
import type { Host } from '../../host/host.ts'
import { ensureDir } from '../../ops/ensure-file.ts'
import { readText } from '../../observe/machine/read-text.ts'
import type { ControlPlanePhase } from '../phase.ts'

/**
 * Keeps both CAs on every control plane, in a directory that only root can read. The controller manager signs with a
 * file of this directory, because it accepts no bundle there.
 */
export const storeCas: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/store',
  title: 'Store the CAs of the rotation',
  about: 'Writes the old and the new CA into `rotation` in the certificates directory, for root only.',
  kubeadm: 'none',
  role: 'control-plane',
  skip: ({ request: { goals } }) =>
    goals.some(({ both, step }) => both || step === 'replace') ? undefined : 'the rotation ends',
  async run({ cluster, host, request }) {
    const { certificatesDir } = cluster.config
    await ensureDir(host, rotationsDir(certificatesDir), 0o700)
    for (const goal of request.goals) {
      const files = rotationFiles(certificatesDir, goal.ca)
      await ensureDir(host, files.dir, 0o700)
      // A rotation exists on a host once its new CA does, so that comes last.
      await ensurePair(host, files.old, goal.old)
      await ensurePair(host, files.new, goal.new)
    }
  },
}

async function ensurePair(host: Host, files: { certificate: string; key: string }, ca: RotatedCa): Promise<void> {
  if (ca.key === undefined) return
  const [certificate, key] = await Promise.all([readText(host, files.certificate), readText(host, files.key)])
  if (certificate === ca.certificate && key === ca.key.reveal()) return
  await host.writePair(
    { path: files.key, mode: 0o600, content: ca.key },
    { path: files.certificate, mode: 0o644, content: ca.certificate },
  )
}
