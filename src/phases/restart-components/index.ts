import { type StaticPodComponent, staticPodComponents } from '../../cluster/components.ts'
import type { RenewRequest } from '../../cluster/request.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { findOutdated, type OutdatedUse } from '../../observe/cluster/outdated-components.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { restartStaticPod } from '../restart-component.ts'
import { outdatedText, skipReason } from './outdated-text.ts'

/** One phase for each component, those first that the others need. */
const order: readonly StaticPodComponent[] = ['etcd', ...staticPodComponents.filter(name => name !== 'etcd')]

export const restartComponents: readonly ControlPlanePhase<RenewRequest>[] = order.map(component => ({
  id: `restart-components/${component}`,
  title: `Restart ${component} if it needs a restart`,
  about: `Restarts ${component} if it does not serve or use the certificates in its files, and waits until it is healthy.`,
  kubeadm: 'none',
  role: 'control-plane',
  needs: ['criSocket', 'name', 'advertiseAddress'],
  skip: skipReason,
  run: ctx => restartOutdated(ctx, component),
}))

export { checkServed } from './check-served.ts'

async function restartOutdated(ctx: ControlPlaneContext<RenewRequest>, component: StaticPodComponent): Promise<void> {
  const outdated = await untilReloaded(ctx, component)
  if (outdated === undefined) return
  ctx.report({ kind: 'progress', text: `restarting it: ${outdatedText(outdated)}` })
  await restartStaticPod(ctx, component, { health: ctx.request.apiSilent !== true })
  ctx.report({ kind: 'result', key: 'restarted', value: component })
}

/** The time in milliseconds in which a server reads a changed file again. kube-apiserver and etcd do it at once. */
const reloadMs = 10_000

/** Returns what the component does not read again by itself. */
async function untilReloaded(
  { host, cri, until }: ControlPlaneContext<RenewRequest>,
  component: StaticPodComponent,
): Promise<OutdatedUse | undefined> {
  let outdated: OutdatedUse | undefined
  const reloaded = async () => {
    const found = await findOutdated(host, cri, component)
    outdated = found.find(one => one.how !== 'silent')
    // A client does not read its kubeconfig again.
    return found.some(({ how }) => how === 'serves') ? undefined : true
  }
  try {
    const timeoutMs = reloadMs
    await until(`${component} to read its certificate again`, reloaded, { timeoutMs, intervalMs: 200, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    return outdated
  }
  return outdated?.how === 'uses' ? outdated : undefined
}
