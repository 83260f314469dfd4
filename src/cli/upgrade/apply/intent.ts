import { findUpgradeNode } from '../../../compose/upgrade-node.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { upgradeApply } from '../../../phases/upgrade-pipelines.ts'
import { checkPatches } from '../../run/check-patches.ts'
import type { Intent, Question, Reached } from '../../run/intent.ts'
import { parseUpgradeCommand, type UpgradeAsked, type UpgradeCommandLine, type UpgradeSeen } from '../asked.ts'
import { refuseVersions } from '../policy.ts'
import { recoverUpgrade } from '../recover.ts'
import { nextSteps, type UpgradeResult, upgradeResult, upgradeText } from '../result.ts'
import { afterInterruption } from '../resume.ts'
import { readTarget } from '../target.ts'

/** `kadm upgrade apply` and its phases: on the first control plane. */
export const applyIntent: Intent<UpgradeCommandLine, UpgradeAsked, UpgradeSeen, UpgradeResult> = {
  name: ({ pick }) => (pick.only === undefined ? 'kadm upgrade apply' : 'kadm upgrade apply phase'),
  plan: 'upgrade apply',
  parse: parseApply,
  observe: observeApply,
  stages: ({ targets }) => upgradeApply(targets),
  question: ({ asked, seen }) => questionOf(asked, seen),
  recover: recoverUpgrade,
  answer: ({ seen, report }) => upgradeResult(seen.targets, report),
  text(answer, { asked, seen, specOf }) {
    const [first] = seen.targets
    const whole = asked.pick.only === undefined && answer.changes.length > 0
    return `${upgradeText(answer)}${whole ? `\n${nextSteps(first && specOf(first.node))}` : ''}`
  },
}

function parseApply(input: UpgradeCommandLine): UpgradeAsked {
  const asked = parseUpgradeCommand('apply', input)
  const version = readTarget(input.version ?? asked.parsed.apply.kubernetesVersion)
  if (version === undefined) {
    throw new KadmError('USAGE', 'missing one or more required arguments. Required arguments: [version]', {
      hint: 'name the version to upgrade to, such as `kadm upgrade apply v1.37.2`',
    })
  }
  if (asked.hosts.length === 1) return { ...asked, upgrade: { ...asked.upgrade, version } }
  throw new KadmError('USAGE', 'upgrade apply upgrades one host: the first control plane', {
    hint: 'use `kadm upgrade node --host …` for the other nodes after it',
  })
}

async function observeApply(asked: UpgradeAsked, reached: Reached): Promise<UpgradeSeen> {
  const { upgrade, dryRun, parsed, pick } = asked
  const { first } = reached
  const observe = () => Promise.all([findUpgradeNode(first, upgrade), observeState({ hosts: [first] })])
  const [found, state] = await afterInterruption(asked, reached, observe)
  const { cluster, node, request, members } = found
  if (node.role === 'worker') {
    throw new KadmError('PREFLIGHT_FAILED', `${first.name} is a worker, not a control plane`, {
      hint: 'run `kadm upgrade apply` on the first control plane, and `kadm upgrade node` on workers',
    })
  }
  checkPatches('upgrade', cluster)
  const to = cluster.config.kubernetesVersion
  const judged = pick.only === undefined || pick.only.includes('preflight')
  const forced = judged ? refuseVersions({ from: request.from, to, members }, parsed) : []
  const warnings = [...found.warnings, ...forced]
  return {
    targets: [{ cluster, node, request }],
    state,
    warnings,
    onControlPlane: true,
    dry: { newCluster: false, observedBefore: { warnings: dryRun ? [...parsed.warnings, ...warnings] : [] } },
  }
}

function questionOf({ pick, dryRun, parsed }: UpgradeAsked, { targets: [target] }: UpgradeSeen): Question | undefined {
  if (target === undefined || dryRun || pick.only !== undefined) return undefined
  const { cluster, node, request } = target
  const to = cluster.config.kubernetesVersion
  const text = [
    `This upgrades the control plane on ${node.name} from ${request.from} to ${to}, and the configuration of the cluster.`,
    'Its static pods are replaced one after another; pods of the cluster keep running.',
    'Read the release notes of the version, and back up the state of your applications before.',
  ]
  return { text: `${text.join('\n')}\n`, ask: !parsed.agreed, flag: '-y (--yes)' }
}
