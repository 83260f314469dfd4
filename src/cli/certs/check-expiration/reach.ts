import { closeAll, connectTo } from '../../../compose/machines.ts'
import { errorCodes } from '../../../errors/codes.ts'
import { isKadmError, type KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../../host/host.ts'
import type { CheckOptions } from './options.ts'

export interface UnreachedHost {
  readonly host: string
  readonly error: KadmError
}

/** Connects once to each name. A host that is not available does not keep kadm from checking the others. Throws INTERRUPTED. */
export async function connectEach(
  specs: readonly (string | undefined)[],
  options: CheckOptions,
  signal: AbortSignal,
): Promise<{ readonly hosts: readonly ConnectedHost[]; readonly unreached: readonly UnreachedHost[] }> {
  const names = [...new Set(specs)]
  const results = await Promise.allSettled(names.map(spec => connectTo(spec, options, signal)))
  const hosts = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const unreached: UnreachedHost[] = []
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') continue
    const error: unknown = result.reason
    if (!isKadmError(error) || errorCodes[error.code].kind !== 'host') {
      await closeAll(hosts)
      throw error
    }
    unreached.push({ host: names[i] ?? 'this host', error })
  }
  return { hosts, unreached }
}
