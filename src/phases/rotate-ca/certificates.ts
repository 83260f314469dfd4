import type { CaGoal, RotateRequest } from '../../cluster/rotation.ts'
import { readPair } from '../../observe/pki/certificate-inputs.ts'
import { reissued } from '../../ops/reissue.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { type CertSpec, certsOf } from '../../pki/cert-table.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'

/** Replaces the certificates of a control plane that the CA that signs did not sign. */
export const reissueCertificates: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/certificates',
  title: 'Reissue the certificates of the control plane',
  about: 'Replaces each certificate that another CA signed, with its key; subject, names and usages stay.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    for (const goal of ctx.request.goals) {
      const specs = certsOf(ctx.cluster).filter(({ signedBy }) => signedBy === goal.ca)
      for (const spec of specs) await reissueOne(ctx, goal, spec)
    }
  },
}

async function reissueOne(ctx: ControlPlaneContext<RotateRequest>, goal: CaGoal, spec: CertSpec): Promise<void> {
  const { cluster, host } = ctx
  const found = await readPair(host, cluster, spec)
  if (found.certificate === undefined) return
  const made = await reissued(ctx, goal, spec.name, parseCertificate(found.certificate, found.certificatePath))
  if (made === undefined) return
  const [key, certificate] = await Promise.all([
    replacedFile(host, found.keyPath, 0o600),
    replacedFile(host, found.certificatePath, 0o644),
  ])
  await host.writePair({ ...key, content: made.key }, { ...certificate, content: made.pem })
}
