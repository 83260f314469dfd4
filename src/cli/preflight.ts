import type { Cluster, MachineFacts, Node } from '../cluster/cluster.ts'
import type { FlagValues } from '../config/flags.ts'
import { completeInit, type ParsedInit, parseInit } from '../config/init.ts'
import { exitCodes } from '../errors/codes.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { ConnectedHost } from '../host/host.ts'
import { readFacts } from '../observe/facts.ts'
import { preflightAlone } from '../phases/pipelines.ts'
import { makePlan } from '../pipeline/plan.ts'
import { newBootstrapToken } from '../pki/bootstrap-token.ts'
import { presentChecks } from '../ui/present-checks.ts'
import { presentResult } from '../ui/present-result.ts'
import { onInterrupt } from './interrupt.ts'
import { allOrNone, closeAll, connectTo } from './machines.ts'
import { nameRun } from './name-run.ts'
import { type CommonOptions, readText } from './options.ts'
import { preflightResult } from './preflight-result.ts'
import { runPlan } from './run-plan.ts'

export interface PreflightInput {
  readonly options: CommonOptions & { readonly controlPlane?: boolean }
  readonly flags: FlagValues
}

/** `kadm preflight`: every check on every machine, side by side. Exit code 3 when one of them is an error. */
export async function runPreflight({ options, flags }: PreflightInput): Promise<number> {
  const startedAt = new Date()
  const path = flags.config === undefined ? undefined : String(flags.config)
  const file = path === undefined ? {} : { file: { path, text: readText(path, '--config') } }
  const parsed = parseInit({ ...file, flags, startedAt, randomToken: () => newBootstrapToken().reveal() })
  const interrupt = onInterrupt()
  const hosts: ConnectedHost[] = []
  try {
    hosts.push(...(await allOrNone((options.host ?? [undefined]).map(spec => connectTo(spec, options)))))
    const { run, since } = nameRun('kadm preflight', startedAt)
    const session = { run, startedAt: since, signal: interrupt.signal, key: noKeys }
    const cluster = clusterOf(parsed, await Promise.all(hosts.map(readFacts)), hosts, options.controlPlane === true)
    const plan = makePlan('preflight', cluster, preflightAlone(cluster), {})
    const byNode = new Map(cluster.nodes.map((node, i) => [node, hosts[i] as ConnectedHost] as const))
    const report = await runPlan(plan, { cluster, session, hosts: byNode }, options)
    const result = preflightResult(cluster, report)
    const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
    process.stdout.write(presentResult(result, options.output, value => presentChecks(value, color)))
    return result.errors > 0 ? exitCodes.preflight : 0
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

/** One cluster of all machines. What a configuration says of its one node is left to that node when there are several. */
function clusterOf(
  parsed: ParsedInit,
  facts: readonly MachineFacts[],
  hosts: readonly ConnectedHost[],
  controlPlane: boolean,
): Cluster {
  const { advertiseAddress: _, node, ...rest } = parsed
  const { name: __, ...anyNode } = node
  const each = facts.length > 1 ? { ...rest, node: anyNode } : parsed
  const completed = facts.map(found => completeInit(each, found))
  const [first] = completed
  if (first === undefined) throw new KadmError('INTERNAL', 'preflight has no machine')
  for (const warning of first.warnings) process.stderr.write(`warning: ${warning}\n`)
  const nodes = completed.flatMap(({ cluster }) => cluster.nodes).map(one => (controlPlane ? one : asWorker(one)))
  return { ...first.cluster, nodes: apart(nodes, hosts) }
}

function asWorker(node: Node): Node {
  return { ...node, role: 'worker', advertiseAddress: '', bindPort: 0 }
}

/** Machines that share a host name are shown by the names under which they were given: the check for that is to come. */
function apart(nodes: readonly Node[], hosts: readonly ConnectedHost[]): readonly Node[] {
  const shared = (node: Node) => nodes.filter(other => other.name === node.name).length > 1
  return nodes.map((node, i) => (shared(node) ? { ...node, name: hosts[i]?.name ?? node.name } : node))
}

function noKeys(): Promise<never> {
  return Promise.reject(new KadmError('INTERNAL', 'preflight makes no keys'))
}
