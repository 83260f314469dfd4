import { KadmError } from '../../errors/kadm-error.ts'
import type { Etcd } from './etcd.ts'

/** The etcd of a cluster that does not answer a dry run: it has no known members. Used below recordedEtcd. */
export function unknownEtcd(): Etcd {
  const unknown = () => Promise.reject(new KadmError('ETCD_UNREACHABLE', 'etcd cannot be reached: no member is known'))
  return {
    endpoints: [],
    members: async () => [],
    knownMembers: async () => [],
    addLearner: unknown,
    promote: unknown,
    remove: unknown,
    status: unknown,
    read: async () => undefined,
    holds: async () => false,
    close: () => undefined,
  }
}
