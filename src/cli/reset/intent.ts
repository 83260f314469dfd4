import { given } from '../../cluster/given.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { namedMachines } from '../../compose/machines.ts'
import { findResetNode, type ResetNode } from '../../compose/reset-node.ts'
import type { Needs } from '../../config/field/machine-needs.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { type ParsedReset, parseReset } from '../../config/reset.ts'
import type { HostReader } from '../../host/host.ts'
import { observeState } from '../../observe/cluster/observe-state.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import { reset, resetPhases } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { checkSelection, type Plan, phaseJudge, selectPhases } from '../../pipeline/plan.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import type { Asked, Intent, Question, Reached, Seen } from '../run/intent.ts'
import { chosenPhases, refuseOthersFlags } from '../run/phase-flags.ts'
import { type Loss, lossOf, lossText } from './question.ts'
import { type ResetResult, resetResult, resetText } from './result.ts'

export interface ResetCommandLine {
  readonly options: Pick<CommonOptions, 'host'>
  readonly flags: FlagValues
  /** Phase names of `reset phase`; absent for the whole reset. */
  readonly phase?: readonly string[]
}

interface ResetAsked extends Asked {
  readonly parsed: ParsedReset
}

interface ResetSeen extends Seen<ResetRequest> {
  readonly losses: readonly Loss[]
}

/** `kadm reset` and `kadm reset phase`: on this host, or on several hosts over SSH. Asks one question for all hosts. */
export const resetIntent: Intent<ResetCommandLine, ResetAsked, ResetSeen, ResetResult> = {
  name: ({ pick }) => (pick.only === undefined ? 'kadm reset' : 'kadm reset phase'),
  plan: 'reset',
  parse({ options, flags, phase }) {
    const parsed = parseReset({
      ...readConfigFile(flags.config),
      flags,
      judgePhase: phaseJudge('reset', resetPhases),
      checkNames,
    })
    const { dryRun, skipPhases } = parsed.config
    const pick = selectPhases(phase, skipPhases)
    checkSelection('reset', resetPhases, pick)
    if (phase !== undefined) refuseOthersFlags('reset', phase, flags)
    return { parsed, pick, dryRun, warnings: parsed.warnings, access: 'change', hosts: namedMachines(options) }
  },
  observe: observeReset,
  stages: ({ targets }) => reset(targets),
  question: ({ asked, seen }, plan) => questionOf(asked, seen, plan),
  answer({ seen, report }) {
    return resetResult(
      seen.targets.map(({ node }) => node),
      seen.losses,
      report,
    )
  },
  text: (answer, { asked }) => resetText(answer, asked.hosts[0]?.spec !== undefined),
}

async function observeReset({ parsed, pick }: ResetAsked, { hosts }: Reached): Promise<ResetSeen> {
  const asks = needsOf(chosenPhases('reset', pick.only))
  // A node name that the kubelet would reject does not prevent a reset.
  const needs: Needs = fact => fact === 'criSocket' && asks(fact)
  const [found, runs] = await Promise.all([
    Promise.all(hosts.map(host => findResetNode(host, parsed, needs))),
    observeState({ hosts }),
  ])
  const unanswered = [...new Set(found.flatMap(one => one.silentServer ?? []))]
  const warnings = found.flatMap(one => one.warnings)
  return {
    targets: found,
    losses: await lossesOf(found, hosts),
    state: {
      ...runs,
      ...given({ controlPlanes: controlPlanesIn(found) }),
      unanswered: [...(runs.unanswered ?? []), ...found.flatMap(({ state }) => state.unanswered ?? [])],
    },
    warnings,
    dry: { newCluster: false, observedBefore: { unanswered, warnings: [...parsed.warnings, ...warnings] } },
  }
}

/** Returns the control planes of all clusters that the hosts belong to, as far as they are known. */
function controlPlanesIn(found: readonly ResetNode[]): readonly string[] | undefined {
  const known = found.flatMap(({ state }) => (state.controlPlanes === undefined ? [] : [state.controlPlanes]))
  return known.length === 0 ? undefined : [...new Set(known.flat())]
}

function lossesOf(found: readonly ResetNode[], hosts: readonly HostReader[]): Promise<readonly Loss[]> {
  const leaving = found.map(({ node }) => node.name)
  const looks = found.flatMap((one, i) => {
    const host = hosts[i]
    return host === undefined ? [] : [lossOf(host, one, leaving)]
  })
  return Promise.all(looks)
}

function questionOf(
  { parsed: { config }, dryRun }: ResetAsked,
  { losses }: ResetSeen,
  plan: Plan,
): Question | undefined {
  const asks = plan.steps.some(step => step.phase.asks === true && step.skip === undefined)
  return asks ? { text: lossText(losses), ask: !config.force && !dryRun, flag: '-f (--force)' } : undefined
}
