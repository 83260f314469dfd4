import type { UpgradeClusterRequest } from '../../../cluster/request.ts'
import { planUpgradeCluster, type UpgradeClusterPlan } from '../../../compose/upgrade-cluster.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { readArchive } from '../../../ops/binaries/archive.ts'
import { type Hop, upgradeCluster } from '../../../phases/upgrade-pipelines.ts'
import { checkPatches } from '../../run/check-patches.ts'
import type { Intent, Question, Reached, Seen } from '../../run/intent.ts'
import { recoverUpgrade } from '../recover.ts'
import { afterInterruption } from '../resume.ts'
import {
  type BinaryPlace,
  parseUpgradeCluster,
  type UpgradeClusterAsked,
  type UpgradeClusterInput,
  workersAtOnce,
} from './parse.ts'
import { type UpgradeClusterResult, upgradeClusterResult, upgradeClusterText } from './result.ts'

interface UpgradeClusterSeen extends Seen<UpgradeClusterRequest>, Pick<UpgradeClusterPlan, 'from' | 'left'> {
  readonly hops: readonly Hop[]
  readonly workersAtOnce: number
}

/**
 * `kadm upgrade cluster`: all nodes with their kubelets. A run that stopped continues: each phase decides from what it
 * observes whether it has something to do.
 */
export const upgradeClusterIntent: Intent<
  UpgradeClusterInput,
  UpgradeClusterAsked,
  UpgradeClusterSeen,
  UpgradeClusterResult
> = {
  name: () => 'kadm upgrade cluster',
  plan: 'upgrade cluster',
  parse: parseUpgradeCluster,
  observe: observeCluster,
  stages: ({ hops, workersAtOnce: atOnce }) => upgradeCluster(hops, atOnce),
  question: ({ asked, seen }) => questionOf(asked, seen),
  recover: recoverUpgrade,
  answer: ({ seen, report }) => upgradeClusterResult(seen, report),
  text: answer => upgradeClusterText(answer),
}

async function observeCluster(asked: UpgradeClusterAsked, reached: Reached): Promise<UpgradeClusterSeen> {
  const binaries = await binaryInput(asked.binaries)
  const observe = () => planUpgradeCluster(reached.hosts, { ...asked.ask, binaries })
  const { hops, targets, source, state, from, left, warnings } = await afterInterruption(asked, reached, observe)
  const [first] = hops
  if (first === undefined) throw new KadmError('INTERNAL', 'an upgrade has no version')
  for (const { cluster } of first.targets) checkPatches('upgrade', cluster)
  return {
    ...{ hops, targets, state, source, from, left, warnings },
    workersAtOnce: workersAtOnce(
      asked.maxUnavailable,
      first.targets.filter(({ node }) => node.role === 'worker').length,
    ),
    onControlPlane: true,
    dry: { newCluster: false, observedBefore: { warnings } },
  }
}

async function binaryInput(place: BinaryPlace): Promise<UpgradeClusterRequest['binaries']> {
  return place.kind === 'file' ? { kind: 'archive', archive: await readArchive(place.file) } : place
}

function questionOf(
  { dryRun, parsed, ask }: UpgradeClusterAsked,
  { from, hops, left }: UpgradeClusterSeen,
): Question | undefined {
  if (dryRun) return undefined
  const path = [from, ...hops.map(({ version }) => version)].join(' → ')
  const text = [
    `This upgrades ${(hops[0]?.targets ?? []).map(({ node }) => node.name).join(', ')}: ${path}.`,
    'Each node is drained, gets a new kubelet, and takes pods again before the next one starts.',
    ...(left.length === 0 ? [] : [`These nodes do not get ${ask.options.version} yet: ${left.join(', ')}.`]),
    'Read the release notes of the version, and back up the state of your applications before.',
  ]
  return { text: `${text.join('\n')}\n`, ask: !parsed.agreed, flag: '-y (--yes)' }
}
