import type { Kube } from '../../clients/kube/kube.ts'
import { isCordoned, isReady } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { UpgradeClusterRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { type NodePod, readNodePods } from '../../observe/cluster/node-pods.ts'
import { withApi } from '../../ops/api.ts'
import { uncordonMarked } from '../../ops/cordon.ts'
import { drainNode } from '../../ops/drain.ts'
import type { Phase } from '../phase.ts'
import { administrator, type Ctx, hasOldKubelet, readNode } from './administrator.ts'

/** The annotation of a Node that an upgrade cordoned; its value is the target version. */
const cordonedFor = 'kadm.io/cordoned-for-upgrade'

/** Refuses pods that a drain would lose, before the first node changes. */
export const checkDrain: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/check-drain',
  title: 'Check that the node can be drained',
  about: 'Refuses pods that would be lost: those without a controller, and those with data in an emptyDir.',
  kubeadm: 'none',
  async run(ctx) {
    const node = await readNode(ctx)
    if (!(await hasOldKubelet(ctx, node)) || (await isAlone(ctx))) return
    const { name } = ctx.node
    refuseLost(ctx, await withApi(administrator(ctx), `listing the pods of ${name}`, kube => readNodePods(kube, name)))
  },
}

/** Cordons the node and evicts its pods, as disruption budgets allow. Not for a node that needs no new kubelet. */
export const drainForUpgrade: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/drain',
  title: 'Drain the node',
  about: 'Cordons the node and evicts its pods, as disruption budgets allow, if it needs another kubelet.',
  kubeadm: 'none',
  async run(ctx) {
    const { report, request, cluster } = ctx
    const node = await readNode(ctx)
    if (!(await hasOldKubelet(ctx, node))) return report({ kind: 'progress', text: 'the kubelet is up to date' })
    if (await isAlone(ctx)) {
      const text = 'no other node can take pods: they keep running while the kubelet restarts'
      return report({ kind: 'warning', text })
    }
    const { timeoutMs, force } = request.drain
    const pods = async (kube: Kube) => {
      const found = await readNodePods(kube, ctx.node.name)
      refuseLost(ctx, found)
      return found
    }
    await drainNode(administrator(ctx), {
      ...{ node, pods, timeoutMs, force },
      whenBlocked: `increase --drain-timeout, free capacity on other nodes, or change the disruption budget that is named, and run the same command again; ${ctx.node.name} stays cordoned until then (or run \`kubectl uncordon ${ctx.node.name}\`)`,
      mark: { name: cordonedFor, value: cluster.config.kubernetesVersion },
      onAway: () => report({ kind: 'progress', text: `${ctx.node.name} does not report to the cluster` }),
    })
  },
}

/** Uncordons a node that an upgrade cordoned; one that the operator cordoned stays so. */
export const uncordonUpgraded: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/uncordon',
  title: 'Uncordon the node',
  about: 'Marks the node as schedulable if the upgrade cordoned it. A node that was cordoned before stays so.',
  kubeadm: 'none',
  async run(ctx) {
    const node = await readNode(ctx)
    if (await uncordonMarked(administrator(ctx), node, cordonedFor)) return
    if (isCordoned(node))
      ctx.report({ kind: 'progress', text: 'the node stays cordoned, as it was before the upgrade' })
  },
}

function refuseLost({ request: { drain } }: Ctx, pods: readonly NodePod[]): void {
  const alone = drain.force ? [] : pods.filter(({ fate }) => fate === 'lost')
  const local = drain.deleteEmptyDirData ? [] : pods.filter(({ fate, emptyDir }) => fate !== 'stays' && emptyDir)
  const problems = [
    ...alone.map(pod => ({
      message: `${pathOf(pod)} has no controller that creates it on another node (--drain-force)`,
    })),
    ...local.map(pod => ({ message: `${pathOf(pod)} has data in an emptyDir (--delete-emptydir-data)` })),
  ]
  if (problems.length === 0) return
  throw new KadmError('DRAIN_BLOCKED', 'a drain would lose pods or their data', {
    problems,
    hint: 'save what is needed, and use the named flags, or delete the pods',
    final: true,
  })
}

function pathOf({ namespace, name }: NodePod): string {
  return `the pod ${namespace}/${name}`
}

/** True if the cluster has no other node that is ready and schedulable. */
async function isAlone(ctx: Ctx): Promise<boolean> {
  const query = { apiVersion: 'v1', kind: 'Node' }
  const nodes = (await withApi(administrator(ctx), 'listing the Nodes', kube => kube.list(query))) ?? []
  return !nodes.some(one => one.metadata.name !== ctx.node.name && takesPods(one))
}

function takesPods(node: KubeObject): boolean {
  const { taints = [] } = (node.spec ?? {}) as { readonly taints?: readonly Taint[] }
  const own = taints.filter(({ key }) => !ofState.includes(key))
  return isReady(node) && !isCordoned(node) && !own.some(({ effect }) => effect === 'NoSchedule')
}

interface Taint {
  readonly key: string
  readonly effect?: string
}

/** Taints that follow the state of a Node, and stay for a moment after it was uncordoned or is ready again. */
const ofState: readonly string[] = ['unschedulable', 'not-ready', 'unreachable'].map(
  name => `node.kubernetes.io/${name}`,
)
