import { findUpgradeNode } from '../../../compose/upgrade-node.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { upgradeNode } from '../../../phases/upgrade-pipelines.ts'
import { checkPatches } from '../../run/check-patches.ts'
import type { Intent, Reached } from '../../run/intent.ts'
import { parseUpgradeCommand, type UpgradeAsked, type UpgradeCommandLine, type UpgradeSeen } from '../asked.ts'
import { recoverUpgrade } from '../recover.ts'
import { type UpgradeResult, upgradeResult, upgradeText } from '../result.ts'
import { afterInterruption } from '../resume.ts'

/** `kadm upgrade node` and its phases: on further control planes and on workers, to the version that the cluster stores. */
export const nodeIntent: Intent<UpgradeCommandLine, UpgradeAsked, UpgradeSeen, UpgradeResult> = {
  name: ({ pick }) => (pick.only === undefined ? 'kadm upgrade node' : 'kadm upgrade node phase'),
  plan: 'upgrade node',
  parse: input => parseUpgradeCommand('node', input),
  observe: observeNodes,
  stages: ({ targets }) => upgradeNode(targets),
  recover: recoverUpgrade,
  answer: ({ seen, report }) => upgradeResult(seen.targets, report),
  text: answer => upgradeText(answer),
}

async function observeNodes(asked: UpgradeAsked, reached: Reached): Promise<UpgradeSeen> {
  const { hosts } = reached
  const findAll = () => Promise.all(hosts.map(host => findUpgradeNode(host, asked.upgrade)))
  const observe = () => Promise.all([findAll(), observeState({ hosts })])
  const [found, state] = await afterInterruption(asked, reached, observe)
  for (const { cluster } of found) checkPatches('upgrade', cluster)
  return {
    targets: found.map(({ cluster, node, request }) => ({ cluster, node, request })),
    state,
    warnings: [...new Set(found.flatMap(({ warnings }) => warnings))],
    dry: { newCluster: false },
  }
}
