import { homedir, userInfo } from 'node:os'
import { connectLocal, connectSsh } from '../host/connect-host.ts'
import type { ConnectedHost } from '../host/host.ts'
import type { CommonOptions } from './options.ts'

/** The machine that a command works on: this one, or another over SSH. */
export async function connectTo(
  spec: string | undefined,
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
): Promise<ConnectedHost> {
  if (spec === undefined) return connectLocal()
  return connectSsh(spec, {
    acceptNewHostKeys: options.acceptNewHostKeys === true,
    home: homedir(),
    user: userInfo().username,
    env: process.env,
    note: text => process.stderr.write(`${text}\n`),
  })
}

/** Several machines side by side; when one fails, those that were reached are let go again. */
export async function connectAll(
  specs: readonly (string | undefined)[],
  options: Pick<CommonOptions, 'acceptNewHostKeys'>,
): Promise<readonly ConnectedHost[]> {
  const results = await Promise.allSettled(specs.map(spec => connectTo(spec, options)))
  const failures = results.filter(result => result.status === 'rejected').map(result => result.reason)
  const hosts = results.filter(result => result.status === 'fulfilled').map(result => result.value)
  if (failures.length === 0) return hosts
  await closeAll(hosts)
  throw failures.length === 1
    ? failures[0]
    : new AggregateError(failures, `${failures.length} machines cannot be reached`)
}

export async function closeAll(hosts: readonly ConnectedHost[]): Promise<void> {
  await Promise.allSettled(hosts.map(host => host.close()))
}
