import { hostname, userInfo } from 'node:os'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { claimHost } from '../host/claim.ts'
import { connectLocal } from '../host/connect-host.ts'
import type { ConnectedHost } from '../host/host.ts'
import { stoppable } from '../host/stoppable.ts'
import type { NamedRun } from './name-run.ts'
import { operatorSsh } from './operator-ssh.ts'
import type { CommonOptions } from './options.ts'

/** The machine that a command works on: this one, or another over SSH. Throws INTERRUPTED at once when stopped. */
export async function connectTo(
  spec: string | undefined,
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
  signal?: AbortSignal,
): Promise<ConnectedHost> {
  if (spec === undefined) return connectLocal()
  const ssh = operatorSsh({ acceptNewHostKeys: options.acceptNewHostKeys === true, signal })
  const connecting = ssh.connect(spec, signal && { signal })
  return connecting.catch(error => {
    throw told(error, `connecting to ${spec}`, signal)
  })
}

/**
 * The machine that a command changes: reached, then claimed for this run before anything is read of it. A dry run claims
 * none. Throws HOST_CLAIMED when another run is changing it, INTERRUPTED at once when stopped.
 */
export async function connectToChange(
  spec: string | undefined,
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
  run: NamedRun,
  signal: AbortSignal,
): Promise<ConnectedHost> {
  const host = await connectTo(spec, options, signal)
  const claimant = { ...run, user: userInfo().username, machine: hostname(), pid: process.pid }
  const warn = (text: string) => void process.stderr.write(`warning: ${text}\n`)
  const claiming = claimHost(host, claimant, warn)
  return stoppable(claiming, signal, claimed => claimed.close()).catch(async error => {
    const closed = host.close()
    if (!signal.aborted) await closed
    throw told(error, `claiming ${host.name}`, signal)
  })
}

/** The operator stopped it; what that broke is not worth telling. */
function told(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (signal === undefined || !signal.aborted) return error
  return new KadmError('INTERRUPTED', `stopped while ${what}`, { cause: error })
}

/** All machines that were asked for; when one cannot be had, the others are let go again. */
export async function allOrNone(asked: readonly Promise<ConnectedHost>[]): Promise<readonly ConnectedHost[]> {
  const results = await Promise.allSettled(asked)
  const failures = results.filter(result => result.status === 'rejected').map(result => result.reason)
  const hosts = results.filter(result => result.status === 'fulfilled').map(result => result.value)
  if (failures.length === 0) return hosts
  await closeAll(hosts)
  const stopped = failures.find(error => isKadmError(error) && error.code === 'INTERRUPTED')
  if (stopped !== undefined) throw stopped
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${failures.length} machines cannot be had`)
}

export async function closeAll(hosts: readonly ConnectedHost[]): Promise<void> {
  await Promise.allSettled(hosts.map(host => host.close()))
}
