import type { Kube } from '../../../clients/kube/kube.ts'
import { isMap } from '../../../cluster/json.ts'
import type { KubeObject } from '../../../cluster/kube-object.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'
import { isAnswer } from '../../../errors/kadm-error.ts'

/** A kind that a minor version no longer serves in one version of its group. */
interface RemovedKind {
  readonly minor: number
  readonly group: string
  readonly kind: string
  readonly version: string
  /** The version that serves the same objects. */
  readonly instead: string
}

/** Source: the functions APILifecycleRemoved of k8s.io/api. v1.35 and v1.36 remove none. */
const removedKinds: readonly RemovedKind[] = [
  { minor: 37, group: 'networking.k8s.io', kind: 'IPAddress', version: 'v1beta1', instead: 'v1' },
  { minor: 37, group: 'networking.k8s.io', kind: 'ServiceCIDR', version: 'v1beta1', instead: 'v1' },
  { minor: 37, group: 'storage.k8s.io', kind: 'VolumeAttributesClass', version: 'v1beta1', instead: 'v1' },
  { minor: 37, group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', version: 'v1alpha1', instead: 'v1beta1' },
]

/** Returns the objects that clients last wrote in a version which the target does not serve. */
export async function findObjectsOfRemovedKinds(
  kube: Pick<Kube, 'list'>,
  targetMinor: number,
): Promise<readonly UpgradeFinding[]> {
  const due = removedKinds.filter(({ minor }) => minor <= targetMinor)
  const found = await Promise.all(
    due.map(async removed => {
      const names = (await objectsOf(kube, removed)).map(({ metadata }) => metadata.name)
      return names.length === 0 ? [] : [finding(removed, names)]
    }),
  )
  return found.flat()
}

/** A kind that the cluster does not serve has no objects. */
async function objectsOf(kube: Pick<Kube, 'list'>, removed: RemovedKind): Promise<readonly KubeObject[]> {
  const { group, kind, version, instead } = removed
  try {
    const objects = await kube.list({ apiVersion: `${group}/${instead}`, kind })
    return objects.filter(({ metadata: { managedFields } }) => {
      const writers = Array.isArray(managedFields) ? managedFields : []
      return writers.some(writer => isMap(writer) && writer.apiVersion === `${group}/${version}`)
    })
  } catch (error) {
    if (isAnswer(error)) return []
    throw error
  }
}

const shown = 5

function finding({ minor, group, kind, version, instead }: RemovedKind, names: readonly string[]): UpgradeFinding {
  const list =
    names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ')
  return {
    check: 'DeprecatedAPIs',
    level: 'warning',
    message: `clients wrote objects of ${kind} in ${group}/${version}, which v1.${minor} no longer serves: ${list}`,
    remedy: `change manifests and clients to ${group}/${instead}; the objects stay`,
  }
}
