import { hostname, userInfo } from 'node:os'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { type ClaimedHost, claimHost } from '../host/claim/claim.ts'
import type { RunLog } from '../host/claim/run-log.ts'
import { connectLocal } from '../host/connect-local.ts'
import type { ConnectedHost, HostReader } from '../host/host.ts'
import { stoppable } from '../host/stoppable.ts'
import { readIdentity } from '../observe/machine/identity.ts'
import type { NamedRun } from './name-run.ts'

/** What to do with a host key that is not in known_hosts. */
export interface HostKeyOptions {
  readonly acceptNewHostKeys?: boolean
}

/** Connects to the host of a command: this one, or another over SSH. Throws INTERRUPTED at once after Ctrl-C. */
export async function connectTo(
  spec: string | undefined,
  options: HostKeyOptions,
  signal?: AbortSignal,
): Promise<ConnectedHost> {
  if (spec === undefined) return connectLocal()
  const { operatorSsh } = await import('./operator-ssh.ts')
  const ssh = operatorSsh({ acceptNewHostKeys: options.acceptNewHostKeys === true, signal })
  const connecting = ssh.connect(spec, signal && { signal })
  return connecting.catch(error => {
    throw interruptedOr(error, `connecting to ${spec}`, signal)
  })
}

async function claim(host: ConnectedHost, run: NamedRun, signal: AbortSignal): Promise<ClaimedHost> {
  const claimant = { ...run, user: userInfo().username, machine: hostname(), pid: process.pid }
  const warn = (text: string) => void process.stderr.write(`warning: ${text}\n`)
  const claiming = claimHost(host, claimant, warn)
  return stoppable(claiming, signal, claimed => claimed.close()).catch(async error => {
    const closed = host.close()
    if (!signal.aborted) await closed
    throw interruptedOr(error, `claiming ${host.name}`, signal)
  })
}

/** A host as a command line names it. */
export interface NamedHost {
  readonly flag: '--host' | '--from'
  /** undefined: the host that kadm runs on. */
  readonly spec: string | undefined
}

export interface Reaching {
  readonly options: HostKeyOptions
  readonly signal: AbortSignal
  /** The run that locks the hosts of --host; absent if it changes none. */
  readonly run?: NamedRun
}

/** Returns the hosts of `--host`, or the one that kadm runs on, then that of `--from`. */
export function namedMachines({ host, from }: { readonly host?: readonly string[]; readonly from?: string }) {
  const hosts = (host ?? [undefined]).map((spec): NamedHost => ({ flag: '--host', spec }))
  return from === undefined ? hosts : [...hosts, { flag: '--from', spec: from } as const]
}

/** The hosts of a command, and the logs of the run on those that it locks. */
export interface Connected {
  readonly hosts: readonly ConnectedHost[]
  readonly logs: ReadonlyMap<ConnectedHost, RunLog>
}

/**
 * Connects to all hosts of a command. Checks that they are different hosts before it locks the first. Throws USAGE if
 * two names lead to one host, HOST_CLAIMED if another run is changing a host, INTERRUPTED at once after Ctrl-C.
 */
export async function connectAll(named: readonly NamedHost[], { options, signal, run }: Reaching): Promise<Connected> {
  const hosts = await allOrNone(named.map(({ spec }) => connectTo(spec, options, signal)))
  try {
    await refuseSameMachine(named, hosts)
  } catch (error) {
    await closeAll(hosts)
    throw interruptedOr(error, 'inspecting the hosts', signal)
  }
  if (run === undefined) return { hosts, logs: new Map() }
  const logs = new Map<ConnectedHost, RunLog>()
  const claims = hosts.map(async (host, i) => {
    if (named[i]?.flag !== '--host') return host
    const claimed = await claim(host, run, signal)
    logs.set(claimed, claimed.log)
    return claimed
  })
  return { hosts: await allOrNone(claims), logs }
}

async function refuseSameMachine(named: readonly NamedHost[], hosts: readonly HostReader[]): Promise<void> {
  if (hosts.length < 2) return
  const ids = await Promise.all(hosts.map(readIdentity))
  const second = ids.findIndex((id, i) => id !== undefined && ids.indexOf(id) < i)
  const [first, other] = [named[ids.indexOf(ids[second])], named[second]]
  if (second < 0 || first === undefined || other === undefined) return
  if (other.flag === '--host')
    throw new KadmError('USAGE', `${shown(first)} and ${shown(other)} are the same host`, {
      hint: 'list each host only once',
    })
  throw new KadmError('USAGE', `${shown(first)} and --from ${other.spec} are the same host: it cannot join itself`, {
    hint: 'use --host for the host to join, and --from for a control plane host of the cluster',
  })
}

function shown({ flag, spec }: NamedHost): string {
  return spec === undefined ? 'the host that kadm runs on' : `${flag} ${spec}`
}

/** After Ctrl-C, returns INTERRUPTED instead of the error it caused. */
function interruptedOr(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (signal === undefined || !signal.aborted) return error
  return new KadmError('INTERRUPTED', `interrupted while ${what}`, { cause: error })
}

/** Returns all requested hosts. If one is not available, closes the others. */
async function allOrNone(asked: readonly Promise<ConnectedHost>[]): Promise<readonly ConnectedHost[]> {
  const results = await Promise.allSettled(asked)
  const failures = results.filter(result => result.status === 'rejected').map(result => result.reason)
  const hosts = results.filter(result => result.status === 'fulfilled').map(result => result.value)
  if (failures.length === 0) return hosts
  await closeAll(hosts)
  const stopped = failures.find(error => isKadmError(error) && error.code === 'INTERRUPTED')
  if (stopped !== undefined) throw stopped
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${failures.length} hosts are not available`)
}

export async function closeAll(hosts: readonly ConnectedHost[]): Promise<void> {
  await Promise.allSettled(hosts.map(host => host.close()))
}
