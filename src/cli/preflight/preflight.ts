import { parseDuration } from '../../cluster/duration.ts'
import type { Session } from '../../cluster/session.ts'
import { closeAll, connectAll, namedMachines } from '../../compose/machines.ts'
import { nameRun } from '../../compose/name-run.ts'
import { preflightSource } from '../../compose/preflight-source.ts'
import { parseDocuments } from '../../config/documents/documents.ts'
import type { ConfigFile } from '../../config/documents/open-drafts.ts'
import type { FlagValues } from '../../config/flags/flags.ts'
import { parseInit } from '../../config/init.ts'
import { parseJoin } from '../../config/join.ts'
import { exitCodes } from '../../errors/codes.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { preflightAlone } from '../../phases/pipelines.ts'
import { makePlan } from '../../pipeline/plan.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { presentChecks } from '../../ui/present-checks.ts'
import { presentResult } from '../../ui/present-result.ts'
import { wholePath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { refuseOneForMany } from '../run/one-for-many.ts'
import { patchFiles } from '../run/patch-files.ts'
import { runPlan } from '../run/run-plan.ts'
import { tellerOf, warn } from '../run/tell.ts'
import { clusterToCome, clusterToJoin } from './cluster.ts'
import { preflightResult } from './result.ts'

export interface PreflightInput {
  readonly options: CommonOptions & {
    readonly controlPlane?: boolean
    readonly from?: string
    readonly timeout?: string
  }
  readonly flags: FlagValues
}

/** `kadm preflight`: every check on every machine, side by side. Exit code 3 when one of them is an error. */
export async function runPreflight(input: PreflightInput): Promise<number> {
  const { options } = input
  const startedAt = new Date()
  const parsed = parse(input, startedAt)
  const interrupt = onInterrupt()
  const hosts: ConnectedHost[] = []
  try {
    hosts.push(...(await connectAll(namedMachines(options), { options, signal: interrupt.signal })))
    const leader = options.from === undefined ? undefined : hosts.at(-1)
    const machines = leader === undefined ? hosts : hosts.slice(0, -1)
    const { run, since } = nameRun('kadm preflight', startedAt)
    const session = { run, startedAt: since, signal: interrupt.signal, key: noKeys }
    const result = await look({ parsed, machines, leader, session, options })
    const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
    process.stdout.write(presentResult(result, options.output, value => presentChecks(value, color)))
    return result.errors > 0 ? exitCodes.preflight : 0
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

/** What is asked for, before any machine is reached: a cluster to be made, or one to be joined. */
function parse({ options, flags }: PreflightInput, startedAt: Date) {
  patienceOf(options)
  refuseOneForMany(options.host?.length ?? 1, flags)
  const file = readConfigFile(flags.config)
  if (options.from === undefined && !asksToJoin(file.file)) {
    const randomToken = () => newBootstrapToken().reveal()
    return { init: parseInit({ ...file, flags, startedAt, randomToken, patchFiles }) }
  }
  const other = Object.keys(flags).find(name => !joining.includes(name))
  if (other !== undefined) {
    const hint = 'leave it out: the cluster that is joined tells it'
    const beside = options.from === undefined ? 'a JoinConfiguration' : '--from'
    throw new KadmError('USAGE', `--${other} cannot be given with ${beside}`, { hint })
  }
  const all = options.controlPlane && file.file === undefined ? { ...flags, 'control-plane': true } : flags
  const join = parseJoin({
    ...file,
    flags: all,
    from: options.from !== undefined,
    patchFiles,
    discoveryFiles: { wholePath: path => wholePath(path, options.host !== undefined) },
  })
  if (options.controlPlane === true && join.config.controlPlane === undefined) {
    const hint = 'put controlPlane: {} into the JoinConfiguration, or leave --control-plane out'
    throw new KadmError('USAGE', `${file.file?.path} joins a worker: --control-plane does not go with it`, { hint })
  }
  return { join }
}

/** Flags that say something of a machine, and not of the cluster that it joins. */
const joining = [
  ...['apiserver-advertise-address', 'apiserver-bind-port', 'config', 'cri-socket', 'ignore-preflight-errors'],
  'node-name',
]

/** A file for a join, and for nothing else: one that holds both is of a machine that makes a cluster. */
function asksToJoin(file: ConfigFile | undefined): boolean {
  const kinds = file === undefined ? [] : parseDocuments(file.text, file.path).documents.map(({ kind }) => kind)
  return kinds.includes('JoinConfiguration') && !kinds.some(kind => /^(Init|Cluster)Configuration$/.test(kind))
}

interface Look {
  readonly parsed: ReturnType<typeof parse>
  readonly machines: readonly ConnectedHost[]
  readonly leader: ConnectedHost | undefined
  readonly session: Session
  readonly options: PreflightInput['options']
}

async function look({ parsed, machines, leader, session, options }: Look) {
  const [facts, source] = await Promise.all([
    Promise.all(machines.map(readFacts)),
    sourceOf({ parsed, machines, leader, session, options }),
  ])
  await source?.release(text => warn([text]))
  const cluster =
    parsed.init === undefined
      ? clusterToJoin(parsed.join, facts, machines, source?.documents)
      : clusterToCome(parsed.init, facts, machines, options.controlPlane === true)
  const plan = makePlan('preflight', preflightAlone(cluster, (parsed.init ?? parsed.join).request), {})
  const hosts = new Map(cluster.nodes.map((node, i) => [node, machines[i] as ConnectedHost] as const))
  const found = source === undefined ? session : { ...session, discovered: source.discovered }
  const parts = { session: found, hosts, ...(leader === undefined ? {} : { leader }) }
  return preflightResult(cluster, await runPlan(plan, parts, options))
}

/** By the control plane of --from, else by the token or file of a JoinConfiguration, as the first machine sees the cluster. */
async function sourceOf({ parsed: { join }, machines: [host], leader, session: { signal }, options }: Look) {
  if (join === undefined || host === undefined) return undefined
  const tell = tellerOf(options, 'discovery')
  return preflightSource({ host, leader, config: join.config, timeoutMs: patienceOf(options), signal, tell })
}

function patienceOf({ timeout }: PreflightInput['options']): number | undefined {
  if (timeout === undefined) return undefined
  const ms = parseDuration(timeout)
  if (ms !== undefined && ms > 0) return ms
  throw new KadmError('USAGE', `--timeout ${timeout} is no duration`, { hint: 'write it as 30s, 5m or 1h30m' })
}

function noKeys(): Promise<never> {
  return Promise.reject(new KadmError('INTERNAL', 'preflight makes no keys'))
}
