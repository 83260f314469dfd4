import type { Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import type { Session } from '../../cluster/session.ts'
import type { EncryptionAlgorithm } from '../../cluster/spec.ts'
import type { Composition } from '../../compose/compose.ts'
import type { Connected } from '../../compose/machines.ts'
import { type NamedRun, nameRun } from '../../compose/name-run.ts'
import { endsRun, isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { missingKeys } from '../../observe/left/missing-keys.ts'
import type { Stage } from '../../phases/phase.ts'
import { keysOf, makePlan, type Plan } from '../../pipeline/plan.ts'
import { type KeySource, makeKeySource } from '../../pki/key-source.ts'
import { presentResult } from '../../ui/present-result.ts'
import type { CommonOptions } from '../options.ts'
import { confirm } from './confirm.ts'
import { runDry } from './dry-run.ts'
import type { Asked, Intent, Question, Seen } from './intent.ts'
import { progressReporter, warn } from './report.ts'
import { runPlan, tryPlan } from './run-plan.ts'
import { unfinishedRunWarnings } from './unfinished-runs.ts'
import { withHosts } from './with-hosts.ts'

/** Runs a command. Validates flags, files and hosts before it changes anything. Returns the exit code. */
export async function runIntent<Input, A extends Asked, S extends Seen, Answer>(
  intent: Intent<Input, A, S, Answer>,
  input: Input,
  options: CommonOptions,
): Promise<number> {
  const startedAt = new Date()
  const asked = intent.parse(input, startedAt)
  warn(asked.warnings)
  const named = nameRun(intent.name(asked), startedAt)
  const early = earlyKeys(asked)
  const locking = asked.access === 'change' && !asked.dryRun ? { run: named } : {}
  return withHosts(asked.hosts, { options, ...locking }, async (connected, signal, logs) => {
    const count = asked.hosts.filter(({ flag }) => flag === '--host').length
    const hosts = connected.slice(0, count)
    const [first] = hosts
    if (first === undefined) throw new KadmError('INTERNAL', `${intent.plan} has no host`)
    const report = (about: string) => progressReporter(options, about)
    const seen = await intent.observe(asked, { hosts, first, source: connected[count], signal, report, warn: warnOne })
    try {
      return await act({ intent, asked, seen, hosts, source: connected[count], logs, named, early, signal, options })
    } finally {
      await seen.release?.(warnOne)
    }
  })
}

function warnOne(text: string): void {
  warn([text])
}

interface Acting<Input, A extends Asked, S extends Seen, Answer> {
  readonly intent: Intent<Input, A, S, Answer>
  readonly asked: A
  readonly seen: S
  readonly hosts: readonly ConnectedHost[]
  readonly source: ConnectedHost | undefined
  readonly logs: Connected['logs']
  readonly named: NamedRun
  readonly early: EarlyKeys
  readonly signal: AbortSignal
  readonly options: CommonOptions
}

async function act<Input, A extends Asked, S extends Seen, Answer>(
  acting: Acting<Input, A, S, Answer>,
): Promise<number> {
  const { intent, asked, seen, hosts, source, logs, options, signal } = acting
  warn(seen.warnings, asked.warnings)
  warn(unfinishedRunWarnings(seen.state.unfinishedRuns ?? [], new Date()))
  const plan = makePlan(intent.plan, intent.stages(seen), asked.pick)
  refuseNothing(plan, asked)
  await ask(intent.question?.({ asked, seen }, plan), options, signal)
  const byNode = new Map(seen.targets.flatMap(({ node }, i) => pair(node, hosts[i])))
  const parts: Composition = {
    session: await sessionOf(acting, plan, byNode),
    hosts: byNode,
    logs: new Map([...byNode].flatMap(([node, host]) => pair(node, logs.get(host)))),
    ...given({ source: seen.source ?? source, onControlPlane: seen.onControlPlane }),
  }
  const { observedBefore, ...dryRun } = seen.dry
  if (asked.dryRun && intent.answersDry !== true) return runDry(plan, { ...parts, dryRun }, options, observedBefore)
  const { report, failure } = await tryPlan(plan, asked.dryRun ? { ...parts, dryRun } : parts, options)
  if (failure !== undefined) throw await recovered(acting, parts, failure.error)
  const outcome = { asked, seen, report, specOf: (node: Parameters<typeof byNode.get>[0]) => byNode.get(node)?.spec }
  const answer = intent.answer(outcome)
  process.stdout.write(presentResult(answer, options.output, value => intent.text(value, outcome, options)))
  return intent.exitCode?.(answer, asked) ?? 0
}

/** Returns the error to report, after the command has acted on the failure. */
async function recovered<Input, A extends Asked, S extends Seen, Answer>(
  { intent, asked, seen, hosts, logs, options }: Acting<Input, A, S, Answer>,
  { session }: Pick<Composition, 'session'>,
  failure: unknown,
): Promise<unknown> {
  if (intent.recover === undefined || asked.dryRun || !isKadmError(failure) || endsRun(failure)) return failure
  const run = async (name: string, stages: readonly Stage[], byNode: ReadonlyMap<Node, ConnectedHost>) => {
    const byLog = new Map([...byNode].flatMap(([node, host]) => pair(node, logs.get(host))))
    await runPlan(makePlan(name, stages, {}), { session, hosts: byNode, logs: byLog, onControlPlane: true }, options)
  }
  return intent.recover(failure, { asked, seen, hosts, run })
}

function pair<N, H>(node: N, host: H | undefined): readonly (readonly [N, H])[] {
  return host === undefined ? [] : [[node, host]]
}

/** Creates the session: the name of the run, its keys, and how it found the cluster. Starts generating missing keys. */
async function sessionOf<Input, A extends Asked, S extends Seen, Answer>(
  { seen, named, early, signal }: Acting<Input, A, S, Answer>,
  plan: Plan,
  hosts: Composition['hosts'],
): Promise<Session> {
  const keys = keysFor(early, seen)
  const missing = seen.targets.map(async ({ cluster, node, request }) => {
    const host = hosts.get(node)
    const place = { cluster, node, kubeconfigDir: request.kubeconfigDir }
    return host === undefined ? [] : missingKeys(host, place, keysOf(plan, node))
  })
  for (const names of await Promise.all(missing)) keys.warm(names)
  const { discovered } = seen
  const session = { run: named.run, startedAt: named.since, signal, key: keys.key }
  return discovered === undefined ? session : { ...session, discovered }
}

interface EarlyKeys {
  readonly algorithm: EncryptionAlgorithm
  readonly keys: KeySource
}

function earlyKeys({ earlyKeys: { algorithm, count } = { algorithm: 'RSA-2048', count: 0 } }: Asked): EarlyKeys {
  const keys = makeKeySource(algorithm)
  keys.spare(count)
  return { algorithm, keys }
}

/** Discards the keys that were started early if the cluster uses another algorithm. */
function keysFor(early: EarlyKeys, { targets: [first] }: Seen): KeySource {
  const algorithm = first === undefined ? early.algorithm : keyAlgorithm(first.cluster.config)
  return algorithm === early.algorithm ? early.keys : makeKeySource(algorithm)
}

/** Rejects a phase that does not apply to the role of the nodes. */
function refuseNothing({ steps }: Plan, { pick: { only } }: Asked): void {
  if (steps.length > 0 || only === undefined) return
  throw new KadmError('USAGE', `${only.join(', ')} is a phase of control planes`, { hint: 'give --control-plane' })
}

async function ask(question: Question | undefined, { progress }: CommonOptions, signal: AbortSignal): Promise<void> {
  if (question === undefined) return
  // With JSON or quiet progress, stdout lists what was removed.
  if (!question.ask && (progress === 'json' || progress === 'quiet')) return
  process.stderr.write(question.text)
  if (question.ask) await confirm('Are you sure you want to proceed?', question.flag, signal)
}
