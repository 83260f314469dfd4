import { isAnswer, isTransportFailure } from '../../../errors/kadm-error.ts'
import type { HostReader } from '../../../host/host.ts'
import { readIdentity } from '../../../observe/machine/identity.ts'

export interface DistinctHosts {
  readonly distinct: readonly HostReader[]
  /** Connections to a host that an earlier connection leads to. */
  readonly repeated: readonly { readonly host: HostReader; readonly like: HostReader }[]
}

/** Separates connections that lead to the same host: an operator and a Node can name it differently. */
export async function distinctHosts(hosts: readonly HostReader[]): Promise<DistinctHosts> {
  if (hosts.length < 2) return { distinct: hosts, repeated: [] }
  const ids = await Promise.all(hosts.map(identityOf))
  const repeated = hosts.flatMap((host, i) => {
    const at = ids[i] === undefined ? i : ids.indexOf(ids[i])
    const like = hosts[at]
    return at === i || like === undefined ? [] : [{ host, like }]
  })
  return { distinct: hosts.filter(host => !repeated.some(one => one.host === host)), repeated }
}

/** A host that is lost meanwhile is reported with its certificates. */
async function identityOf(host: HostReader): Promise<string | undefined> {
  try {
    return await readIdentity(host)
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    return undefined
  }
}
