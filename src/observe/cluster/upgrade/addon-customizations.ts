import { isDeepStrictEqual } from 'node:util'
import { type Kube, refOf, type Writes } from '../../../clients/kube/kube.ts'
import { isMap, type Json } from '../../../cluster/json.ts'
import type { KubeObject } from '../../../cluster/kube-object.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'
import { isAnswer, type KadmError } from '../../../errors/kadm-error.ts'

const check = 'AddonCustomizations'

/**
 * Compares workloads of add-ons with what kadm deploys for the version of the cluster. The server completes the latter
 * without storing it, so that only customizations differ. An upgrade replaces the whole spec.
 */
export async function findCustomizedAddons(
  kube: Pick<Kube, 'get'>,
  rehearsal: Pick<Writes, 'update'>,
  deployed: readonly KubeObject[],
): Promise<readonly UpgradeFinding[]> {
  const found = await Promise.all(
    deployed.map(async wanted => {
      const live = await kube.get(refOf(wanted))
      if (live === undefined) return []
      try {
        const plain = await rehearsal.update({ ...live, spec: wanted.spec as Json })
        const fields = differences(live.spec ?? null, plain.spec ?? null, 'spec')
        return fields.length === 0 ? [] : [customized(live, fields)]
      } catch (error) {
        if (!isAnswer(error)) throw error
        return [refused(live, error)]
      }
    }),
  )
  return found.flat()
}

/** The server also refuses the upgrade then. */
function refused({ kind, metadata }: KubeObject, { message }: KadmError): UpgradeFinding {
  const name = `${kind} ${metadata.namespace}/${metadata.name}`
  return {
    check,
    level: 'warning',
    message: `it is unknown whether ${name} was customized: ${message}`,
    remedy: 'remove the cause, so that the upgrade can write the object',
  }
}

function customized({ kind, metadata }: KubeObject, fields: readonly string[]): UpgradeFinding {
  const name = `${kind} ${metadata.namespace}/${metadata.name}`
  return {
    check,
    level: 'warning',
    message: `${name} was customized, and an upgrade replaces it: ${fields.join(', ')}`,
    remedy:
      'keep the change in a patch (--patches: corednsdeployment, kubeproxydaemonset), or make it again afterwards',
  }
}

/** Returns the paths of fields that differ; items of lists are named by their position. */
function differences(found: Json, plain: Json, path: string): readonly string[] {
  if (isDeepStrictEqual(found, plain)) return []
  if (Array.isArray(found) && Array.isArray(plain)) {
    if (found.length !== plain.length) return [path]
    return found.flatMap((item, i) => differences(item, plain[i] ?? null, `${path}[${i}]`))
  }
  if (!isMap(found) || !isMap(plain)) return [path]
  const keys = [...new Set([...Object.keys(found), ...Object.keys(plain)])]
  return keys.flatMap(key => differences(found[key] ?? null, plain[key] ?? null, `${path}.${key}`))
}
