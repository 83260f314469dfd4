import { pairOf } from '../../cluster/node-files.ts'
import { type CaGoal, type RotateRequest, trustOf } from '../../cluster/rotation.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import type { NodePhase, PhaseContext } from '../phase.ts'
import { clusterGoal } from './goal.ts'

/** Writes the CA files: on control planes with the key of the CA that signs. */
export const trustCas: NodePhase<RotateRequest> = {
  id: 'rotate-ca/trust',
  title: 'Write the CA certificates',
  about: 'Writes the trusted CA certificates of the node, and on a control plane the key of the CA that signs.',
  kubeadm: 'none',
  async run(ctx) {
    if (ctx.node.role === 'control-plane') {
      for (const goal of ctx.request.goals) await ensureCa(ctx, goal)
    }
    const goal = clusterGoal(ctx.request)
    if (goal === undefined || ctx.node.role === 'control-plane') return
    await ensureFile(ctx.host, { path: ctx.request.caCertPath, content: trustOf(goal), mode: 0o644 })
  },
}

/** A changed signer replaces the certificates and the key together. */
async function ensureCa({ cluster, host }: PhaseContext<RotateRequest>, goal: CaGoal): Promise<void> {
  const { certificate, key } = pairOf(cluster.config.certificatesDir, goal.ca)
  const found = await readText(host, key)
  const content = trustOf(goal)
  const { key: signing } = goal.signer
  if (signing === undefined) {
    throw new KadmError('CERT_INVALID', `the key of the CA that has to sign is not on ${host.name}`, {
      hint: `restore ${key} from a backup`,
    })
  }
  if (found === signing.reveal()) {
    await ensureFile(host, { path: certificate, content, mode: 0o644 })
    return
  }
  await host.writePair({ path: key, mode: 0o600, content: signing }, { path: certificate, mode: 0o644, content })
}
