import type { Node } from '../../cluster/cluster.ts'
import type { Session } from '../../cluster/session.ts'
import { closeAll, connectAll, namedMachines } from '../../compose/machines.ts'
import { type NamedRun, nameRun } from '../../compose/name-run.ts'
import { findResetNode, type ResetNode } from '../../compose/reset-node.ts'
import type { Needs } from '../../config/field/machine-needs.ts'
import type { FlagValues } from '../../config/flags/flags.ts'
import { type ParsedReset, parseReset } from '../../config/reset.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import { reset, resetPhases } from '../../phases/pipelines.ts'
import { checkSelection, makePlan, phaseJudge, type Selection, selectPhases } from '../../pipeline/plan.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { confirm } from '../run/confirm.ts'
import { runDry } from '../run/dry-run.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { chosenPhases, refuseOthersFlags } from '../run/phase-flags.ts'
import { runPlan } from '../run/run-plan.ts'
import { warn } from '../run/tell.ts'
import { type Loss, lossOf, lossText } from './question.ts'
import { resetResult, resetText } from './result.ts'

export interface ResetInput {
  readonly options: CommonOptions
  readonly flags: FlagValues
  /** Words of `reset phase`; absent for the whole reset. */
  readonly phase?: readonly string[]
}

/** `kadm reset` and `kadm reset phase`: on this machine, or on several over SSH. Asks once for all. */
export async function runReset({ options, flags, phase }: ResetInput): Promise<number> {
  const parsed = parseReset({
    ...readConfigFile(flags.config),
    flags,
    judgePhase: phaseJudge('reset', resetPhases),
  })
  const pick = selectPhases(phase, parsed.config.skipPhases)
  checkSelection('reset', resetPhases, pick)
  if (phase !== undefined) refuseOthersFlags('reset', phase, flags)
  const named = nameRun(phase === undefined ? 'kadm reset' : 'kadm reset phase', new Date())
  const interrupt = onInterrupt()
  const { signal } = interrupt
  let hosts: readonly ConnectedHost[] = []
  try {
    const reaching = { options, signal, ...(parsed.config.dryRun ? {} : { run: named }) }
    hosts = await connectAll(namedMachines(options), reaching)
    return await run({ parsed, hosts, options, pick, named, signal })
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

interface Run {
  readonly parsed: ParsedReset
  readonly hosts: readonly ConnectedHost[]
  readonly options: CommonOptions
  readonly pick: Selection
  readonly named: NamedRun
  readonly signal: AbortSignal
}

async function run({ parsed, hosts, options, pick, named, signal }: Run): Promise<number> {
  const asks = needsOf(chosenPhases('reset', pick.only))
  // A name that no kubelet takes is no reason to keep what is to go.
  const needs: Needs = fact => fact === 'criSocket' && asks(fact)
  const found = await Promise.all(hosts.map(host => findResetNode(host, parsed, needs)))
  const warnings = [...parsed.warnings, ...found.flatMap(one => one.warnings)]
  warn(warnings)
  const pairs = found.map((one, i) => pairOf(one, hosts[i]))
  const losses = await lossesOf(pairs)
  const nodes = pairs.map(({ node }) => node)
  const plan = makePlan('reset', reset(found), pick)
  // kubeadm asks in its preflight; without that phase nobody is asked.
  const asksFirst = plan.steps.some(step => step.phase.id === 'preflight' && step.skip === undefined)
  if (asksFirst) await ask(losses, parsed, options, signal)
  const parts = {
    session: sessionFor(named, signal),
    hosts: new Map(pairs.map(({ node, host }) => [node, host])),
  }
  if (parsed.config.dryRun) {
    const unanswered = [...new Set(found.flatMap(one => one.unanswered ?? []))]
    return runDry(plan, { ...parts, dryRun: { newCluster: false } }, options, { warnings, unanswered })
  }
  const report = await runPlan(plan, parts, options)
  const result = resetResult(nodes, losses, report)
  process.stdout.write(presentResult(result, options.output, value => resetText(value, options.host !== undefined)))
  return 0
}

async function ask(
  losses: readonly Loss[],
  { config }: ParsedReset,
  { progress }: CommonOptions,
  signal: AbortSignal,
): Promise<void> {
  const silent = config.force || config.dryRun
  // Programs read stderr then; the answer tells them what went.
  if (silent && (progress === 'json' || progress === 'quiet')) return
  tell(lossText(losses))
  if (!silent) await confirm('Are you sure you want to proceed?', signal)
}

interface Pair {
  readonly node: Node
  readonly host: ConnectedHost
  readonly of: ResetNode
}

function pairOf(of: ResetNode, host: ConnectedHost | undefined): Pair {
  if (host === undefined) throw new KadmError('INTERNAL', 'reset has no machine')
  return { node: of.node, host, of }
}

function lossesOf(pairs: readonly Pair[]): Promise<readonly Loss[]> {
  const leaving = pairs.map(({ node }) => node.name)
  return Promise.all(pairs.map(({ host, of }) => lossOf(host, of, leaving)))
}

function sessionFor({ run, since }: NamedRun, signal: AbortSignal): Session {
  const key = () => Promise.reject(new KadmError('INTERNAL', 'a reset needs no key'))
  return { run, startedAt: since, signal, key }
}

function tell(text: string): void {
  process.stderr.write(text)
}
