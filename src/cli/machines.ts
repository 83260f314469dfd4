import { hostname, userInfo } from 'node:os'
import { claimHost } from '../host/claim.ts'
import { connectLocal } from '../host/connect-host.ts'
import type { ConnectedHost } from '../host/host.ts'
import type { NamedRun } from './name-run.ts'
import { operatorSsh } from './operator-ssh.ts'
import type { CommonOptions } from './options.ts'

/** The machine that a command works on: this one, or another over SSH. */
export async function connectTo(
  spec: string | undefined,
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
): Promise<ConnectedHost> {
  if (spec === undefined) return connectLocal()
  return operatorSsh(options.acceptNewHostKeys === true).connect(spec)
}

/**
 * The machine that a command changes: reached, then claimed for this run before anything is read of it. A dry run claims
 * none. Throws HOST_CLAIMED when another run is changing it.
 */
export async function connectToChange(
  spec: string | undefined,
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
  run: NamedRun,
): Promise<ConnectedHost> {
  const host = await connectTo(spec, options)
  const claimant = { ...run, user: userInfo().username, machine: hostname(), pid: process.pid }
  const warn = (text: string) => void process.stderr.write(`warning: ${text}\n`)
  return claimHost(host, claimant, warn).catch(async error => {
    await host.close()
    throw error
  })
}

/** All machines that were asked for; when one cannot be had, the others are let go again. */
export async function allOrNone(asked: readonly Promise<ConnectedHost>[]): Promise<readonly ConnectedHost[]> {
  const results = await Promise.allSettled(asked)
  const failures = results.filter(result => result.status === 'rejected').map(result => result.reason)
  const hosts = results.filter(result => result.status === 'fulfilled').map(result => result.value)
  if (failures.length === 0) return hosts
  await closeAll(hosts)
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${failures.length} machines cannot be had`)
}

export async function closeAll(hosts: readonly ConnectedHost[]): Promise<void> {
  await Promise.allSettled(hosts.map(host => host.close()))
}
