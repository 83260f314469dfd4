import { resolveKubernetesVersion } from '../../config/kinds/kubernetes-version.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** Returns the target version of an upgrade; undefined if none is set. Throws USAGE for one that kadm does not deploy. */
export function readTarget(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const resolved = resolveKubernetesVersion(text)
  if ('version' in resolved) return resolved.version
  throw new KadmError('USAGE', resolved.message, { hint: resolved.remedy })
}
