import type { UpgradeRequest } from '../../../cluster/request.ts'
import { openUpgradeCluster, upgradeTargets } from '../../../compose/upgrade-nodes.ts'
import { upgradeDiff } from '../../../phases/upgrade-pipelines.ts'
import { presentDiff } from '../../../ui/present-diff.ts'
import { hasColor } from '../../../ui/terminal.ts'
import { checkPatches } from '../../run/check-patches.ts'
import type { Intent, Reached, Seen } from '../../run/intent.ts'
import { type DiffAsked, type DiffInput, parseDiff } from './parse.ts'
import { type DiffAnswer, diffAnswer } from './result.ts'

/** `kadm upgrade diff`: the files and objects that an upgrade writes, found by a dry run of the phases that write them. */
export const diffIntent: Intent<DiffInput, DiffAsked, Seen<UpgradeRequest>, DiffAnswer> = {
  name: () => 'kadm upgrade diff',
  plan: 'upgrade diff',
  parse: parseDiff,
  observe: observeDiff,
  stages: ({ targets }) => upgradeDiff(targets),
  answersDry: true,
  answer: ({ asked, seen, report }) => diffAnswer(seen.targets, report, asked.contextLines),
  text: ({ changes, nodes }) =>
    presentDiff(changes, { several: nodes.length > 1, color: hasColor(process.stdout, process.env) }),
}

async function observeDiff({ upgrade }: DiffAsked, { hosts }: Reached): Promise<Seen<UpgradeRequest>> {
  const cluster = await openUpgradeCluster(hosts, upgrade.kubeconfig)
  cluster.kube.close()
  const targets = upgradeTargets(cluster, upgrade)
  for (const target of targets) checkPatches('upgrade', target.cluster)
  return {
    targets,
    state: {},
    warnings: [...new Set(targets.flatMap(({ warnings }) => warnings))],
    onControlPlane: true,
    dry: { newCluster: false },
  }
}
