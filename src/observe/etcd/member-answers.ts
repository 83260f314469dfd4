import type { Etcd } from '../../clients/etcd/etcd.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** Returns the ID of the member that answers at a URL; undefined without a URL or an answer. */
export async function memberAt(etcd: Pick<Etcd, 'status'>, url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined
  try {
    return (await etcd.status(url)).memberId
  } catch (error) {
    if (isKadmError(error, 'ETCD_UNREACHABLE') || isKadmError(error, 'ETCD_REFUSED')) return undefined
    throw error
  }
}

/** True if the member with this ID answers at the URL. */
export async function memberAnswers(etcd: Pick<Etcd, 'status'>, id: string, url: string | undefined): Promise<boolean> {
  return (await memberAt(etcd, url)) === id
}
