import type { JsonObject } from '../../cluster/json.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { type FieldPath, showPath, valueAt } from '../field/field-path.ts'

interface NotBuilt {
  readonly kind: string
  readonly path: FieldPath
  /** True for values that enable the feature. */
  readonly asks: (value: unknown) => boolean
  readonly what: string
}

const on = (value: unknown) => value === true

/** Features of kubeadm that this version of kadm does not have. To implement a feature, remove its rows. */
const rows: readonly NotBuilt[] = [
  {
    kind: 'ClusterConfiguration',
    path: ['featureGates', 'RootlessControlPlane'],
    asks: on,
    what: 'running the control plane without root (feature gate RootlessControlPlane)',
  },
  {
    kind: 'ClusterConfiguration',
    path: ['featureGates', 'NodeLocalCRISocket'],
    asks: value => value === false,
    what: 'writing the socket of the container runtime on the Node (feature gate NodeLocalCRISocket set to false)',
  },
  {
    kind: 'ResetConfiguration',
    path: ['unmountFlags'],
    asks: value => Array.isArray(value) && value.includes('MNT_EXPIRE'),
    what: 'unmounting with MNT_EXPIRE, which umount(8) does not offer',
  },
]

/** Rejects features that are not implemented, so that no setting is silently ignored. Throws NOT_BUILT. */
export function refuseNotBuilt(trees: Readonly<Record<string, JsonObject>>): void {
  const asked = rows.filter(({ kind, path, asks }) => asks(valueAt(trees[kind], path)))
  if (asked.length === 0) return
  const message = `This version of kadm does not support ${asked.map(({ what }) => what).join(', ')}`
  const problems = asked.map(({ kind, path, what }) => {
    return { field: `${kind}.${showPath(path)}`, message: `${what} is not supported yet`, remedy: 'leave it out' }
  })
  throw new KadmError('NOT_BUILT', message, { hint: 'remove these settings', problems })
}
