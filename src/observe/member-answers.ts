import type { Etcd } from '../clients/etcd/etcd.ts'
import { isKadmError } from '../errors/kadm-error.ts'

/** Whether the member of this id is what answers at a URL; false without a URL, or when nothing does. */
export async function memberAnswers(etcd: Pick<Etcd, 'status'>, id: string, url: string | undefined): Promise<boolean> {
  if (url === undefined) return false
  try {
    return (await etcd.status(url)).memberId === id
  } catch (error) {
    if (isKadmError(error, 'ETCD_UNREACHABLE') || isKadmError(error, 'ETCD_REFUSED')) return false
    throw error
  }
}
