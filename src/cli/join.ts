import type { Cluster, Node } from '../cluster/cluster.ts'
import type { Session } from '../cluster/session.ts'
import type { FlagValues } from '../config/flags.ts'
import { completeJoin, parseJoin } from '../config/join.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { ConnectedHost } from '../host/host.ts'
import { readFacts } from '../observe/facts.ts'
import { join, joinPhases } from '../phases/pipelines.ts'
import { checkSelection, makePlan } from '../pipeline/plan.ts'
import { presentResult } from '../ui/present-result.ts'
import { checkPatches } from './check-patches.ts'
import { type JoinSource, sourceFromDiscovery, sourceFromLeader } from './compose-join.ts'
import { onInterrupt } from './interrupt.ts'
import { joinResult, joinText } from './join-result.ts'
import { allOrNone, closeAll, connectTo, connectToChange } from './machines.ts'
import { type CommonOptions, readText } from './options.ts'
import { patchFiles } from './patch-files.ts'
import { type NamedRun, nameRun } from './name-run.ts'
import { runPlan } from './run-plan.ts'

export interface JoinInput {
  readonly options: CommonOptions & { readonly from?: string }
  readonly flags: FlagValues
  readonly endpoint: string | undefined
}

/** `kadm join`: on this machine, or on several over SSH, side by side. */
export async function runJoin({ options, flags, endpoint }: JoinInput): Promise<number> {
  const startedAt = new Date()
  const path = flags.config === undefined ? undefined : String(flags.config)
  const parsed = parseJoin({
    ...(path === undefined ? {} : { file: { path, text: readText(path, '--config') } }),
    ...(endpoint === undefined ? {} : { endpoint }),
    flags,
    from: options.from !== undefined,
    patchFiles,
  })
  checkSelection('join', joinPhases, { skip: parsed.config.skipPhases })
  const specs = options.host ?? [undefined]
  if (specs.length > 1 && flags['node-name'] !== undefined) {
    throw new KadmError('USAGE', '--node-name names one machine and cannot be given with several --host', {
      hint: 'leave it out: each machine joins under its own host name',
    })
  }
  const named = nameRun('kadm join', startedAt)
  const interrupt = onInterrupt()
  const hosts: ConnectedHost[] = []
  try {
    const joiners = specs.map(spec => connectToChange(spec, options, named))
    const leaders = options.from === undefined ? [] : [connectTo(options.from, options)]
    hosts.push(...(await allOrNone([...joiners, ...leaders])))
    const [joining, [leader]] = [hosts.slice(0, joiners.length), hosts.slice(joiners.length)]
    process.stdout.write(await run({ parsed, joining, leader, options, named, signal: interrupt.signal }))
    return 0
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

interface Run {
  readonly parsed: ReturnType<typeof parseJoin>
  readonly joining: readonly ConnectedHost[]
  readonly leader: ConnectedHost | undefined
  readonly options: JoinInput['options']
  readonly named: NamedRun
  readonly signal: AbortSignal
}

async function run({ parsed, joining, leader, options, named, signal }: Run): Promise<string> {
  const [first] = joining
  if (first === undefined) throw new KadmError('INTERNAL', 'join has no machine')
  const [facts, source] = await Promise.all([
    Promise.all(joining.map(readFacts)),
    leader === undefined ? sourceFromDiscovery(first, parsed.config, signal) : sourceFromLeader(leader),
  ])
  try {
    const completed = facts.map(found => completeJoin(parsed, found, source.documents))
    for (const warning of completed[0]?.warnings ?? []) process.stderr.write(`warning: ${warning}\n`)
    const cluster = merged(completed.map(one => one.cluster))
    checkPatches('join', cluster)
    const plan = makePlan('join', cluster, join(cluster), { skip: parsed.config.skipPhases })
    const hosts = new Map(cluster.nodes.map((node, i) => [node, joining[i] ?? first] as const))
    const session = sessionFor(source, named, signal)
    const report = await runPlan(
      plan,
      { cluster, session, hosts, ...(leader === undefined ? {} : { leader }) },
      options,
    )
    return presentResult(joinResult(cluster, source.discovered, report), options.output, joinText)
  } finally {
    await source.release()
  }
}

/** One cluster, the nodes of all. Throws USAGE when two machines would take one name. */
function merged(clusters: readonly Cluster[]): Cluster {
  const [first] = clusters
  if (first === undefined) throw new KadmError('INTERNAL', 'join has no machine')
  const nodes = clusters.flatMap(cluster => cluster.nodes)
  const twice = nodes.find((node, i) => nodes.findIndex(other => other.name === node.name) !== i)
  if (twice !== undefined) throw sameName(twice)
  return { ...first, nodes }
}

function sameName(node: Node): KadmError {
  return new KadmError('USAGE', `two of the machines would join as ${node.name}`, {
    hint: 'give each its own host name, or join them one by one with --node-name',
  })
}

function sessionFor(source: JoinSource, named: NamedRun, signal: AbortSignal): Session {
  return {
    run: named.run,
    startedAt: named.since,
    signal,
    key: name => Promise.reject(new KadmError('INTERNAL', `a worker needs no key ${name}`)),
    discovered: source.discovered,
  }
}
