import type { Etcd } from '../../clients/etcd/etcd.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** The id of the member that answers at a URL; undefined without a URL, or when none does. */
export async function memberAt(etcd: Pick<Etcd, 'status'>, url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined
  try {
    return (await etcd.status(url)).memberId
  } catch (error) {
    if (isKadmError(error, 'ETCD_UNREACHABLE') || isKadmError(error, 'ETCD_REFUSED')) return undefined
    throw error
  }
}

/** Whether the member of this id is what answers at a URL. */
export async function memberAnswers(etcd: Pick<Etcd, 'status'>, id: string, url: string | undefined): Promise<boolean> {
  return (await memberAt(etcd, url)) === id
}
