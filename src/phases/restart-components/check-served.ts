import { staticPodComponents } from '../../cluster/components.ts'
import type { RenewRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { findOutdated, type OutdatedUse } from '../../observe/cluster/outdated-components.ts'
import { untilHealthy } from '../component-health.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { outdatedText, skipReason } from './outdated-text.ts'

/** The gate between two control planes. */
export const checkServed: ControlPlanePhase<RenewRequest> = {
  id: 'restart-components/check-served',
  title: 'Check that the components use their certificates',
  about:
    'Waits until the components of the control plane are healthy, and fails if one does not serve or use the certificates in its files.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: ['criSocket', 'name', 'advertiseAddress'],
  skip: skipReason,
  async run(ctx) {
    if (ctx.request.apiSilent === true) return warnOfSilence(ctx)
    await Promise.all(staticPodComponents.map(component => untilHealthy(ctx, component)))
    await untilServed(ctx)
    ctx.report({ kind: 'result', key: 'inUse', value: ctx.node.name })
  },
}

const settleMs = 10_000

async function untilServed({ host, cri, until }: ControlPlaneContext<RenewRequest>): Promise<void> {
  let left: readonly OutdatedUse[] = []
  const served = async () => {
    left = await findOutdated(host, cri)
    return left.length === 0 ? true : undefined
  }
  try {
    await until('renewed certificates in use', served, { timeoutMs: settleMs, intervalMs: 200, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    const [first] = left
    if (first === undefined) throw error
    throw new KadmError('COMPONENT_FAILED', `${host.name}: ${left.map(outdatedText).join('; ')}`, {
      cause: error,
      hint: `read its log in /var/log/pods, correct what it reports, and run \`kadm certs renew all --expiring-within 0s\` again`,
    })
  }
}

/** Components cannot become healthy without an API server. */
async function warnOfSilence({ host, cri, report }: ControlPlaneContext<RenewRequest>): Promise<void> {
  const left = (await findOutdated(host, cri)).filter(({ how }) => how !== 'silent')
  const text = 'its API server did not answer before the run, so that the health of the components is not checked'
  report({ kind: 'warning', text: [`${host.name}: ${text}`, ...left.map(outdatedText)].join('; ') })
}
