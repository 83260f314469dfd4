import { serviceAccountPair } from '../../cluster/node-files.ts'
import type { SaGoal, SaRequest } from '../../cluster/sa-rotation.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { startedBefore } from '../../observe/cluster/outdated-components.ts'
import { readSaInUse, type SaInUse } from '../../observe/cluster/sa-tokens.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { restartStaticPod } from '../restart-component.ts'

const common = { kubeadm: 'none', role: 'control-plane', needs: ['criSocket', 'name', 'advertiseAddress'] } as const

/** Runs on every control plane before the first one changes. */
export const saCheck: ControlPlanePhase<SaRequest> = {
  ...common,
  id: 'rotate-sa/check',
  title: 'Check the keys that kube-apiserver uses',
  about: 'Fails if the kube-apiserver of a control plane does not trust or sign with the keys of the step before.',
  async run(ctx) {
    const { trusts, signer } = ctx.request.goal.before
    if (trusts.length === 0) return
    const found = await askApi(ctx)
    const distrusted = trusts.find(id => !found.trusts.includes(id))
    if (distrusted === undefined && (signer === undefined || found.signer === signer)) return
    const { pair, step } = ctx.request.goal
    const name = distrusted === pair.new.id ? 'new' : 'old'
    const what =
      distrusted === undefined
        ? 'still signs tokens with the other key'
        : `does not trust the ${name} service account key`
    throw new KadmError('COMPONENT_FAILED', `kube-apiserver on ${ctx.host.name} ${what}`, {
      hint: `run the step before ${step} again, which restarts it: \`kadm certs rotate-sa ${step === 'finish' ? 'switch' : 'prepare'} --host …\``,
    })
  },
}

/** kube-apiserver reads its service account keys only when it starts. */
export const saApiServer: ControlPlanePhase<SaRequest> = {
  ...common,
  id: 'rotate-sa/api-server',
  title: 'Restart kube-apiserver if it uses other keys',
  about:
    'Restarts kube-apiserver unless it trusts the keys in sa.pub and signs tokens with sa.key, and verifies that it does.',
  async run(ctx) {
    const { goal } = ctx.request
    if (reached(await askApi(ctx), goal)) return
    await restartStaticPod(ctx, 'kube-apiserver')
    const kube = await ctx.kube('admin')
    const inUse = async () => (reached(await readSaInUse(kube), goal) ? true : undefined)
    await ctx.until('kube-apiserver to use the service account keys', inUse, { timeoutMs: 60_000, assume: true })
    ctx.report({ kind: 'result', key: 'restarted', value: 'kube-apiserver' })
  },
}

/** It signs the tokens of Secrets. It reads its key only when it starts, and serves no key to compare. */
export const saControllerManager: ControlPlanePhase<SaRequest> = {
  ...common,
  id: 'rotate-sa/controller-manager',
  title: 'Restart kube-controller-manager if sa.key changed',
  about: 'Restarts kube-controller-manager if it started before sa.key changed.',
  async run(ctx) {
    const { key } = serviceAccountPair(ctx.cluster.config.certificatesDir)
    if ((await startedBefore(ctx.host, ctx.cri, 'kube-controller-manager', [key])) === undefined) return
    await restartStaticPod(ctx, 'kube-controller-manager')
    ctx.report({ kind: 'result', key: 'restarted', value: 'kube-controller-manager' })
  },
}

async function askApi(ctx: ControlPlaneContext<SaRequest>): Promise<SaInUse> {
  const kube = await ctx.kube('admin')
  const { kubernetesAPICall } = ctx.request.timeouts
  return ctx.until('the service account keys of kube-apiserver', () => readSaInUse(kube), {
    timeoutMs: kubernetesAPICall,
    field: 'kubernetesAPICall',
    assume: { trusts: [], signer: undefined },
  })
}

function reached({ trusts, signer }: SaInUse, goal: SaGoal): boolean {
  const wanted = goal.trusted.map(({ id }) => id)
  return signer === goal.signer.id && trusts.length === wanted.length && wanted.every(id => trusts.includes(id))
}
