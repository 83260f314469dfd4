import type { JsonObject } from '../../cluster/json.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { findKind, groupPath, type Kind } from './kinds.ts'

type KindName = Pick<Kind, 'apiVersion' | 'kind'>

/** Finds the REST path of a kind: in the table, else by one request for all kinds of its group and version. */
export function kindFinder(read: (what: string, path: string) => Promise<JsonObject>): (of: KindName) => Promise<Kind> {
  const groups = new Map<string, Promise<readonly Kind[]>>()

  async function discover(apiVersion: string): Promise<readonly Kind[]> {
    const list = await read(`reading the kinds of ${apiVersion}`, groupPath(apiVersion)).catch(error => {
      // The error for a missing group or version is reported below.
      if (isKadmError(error) && error.status === 404) return {} as JsonObject
      throw error
    })
    return kindsOf(apiVersion, list)
  }

  return async ({ apiVersion, kind }) => {
    const known = findKind({ apiVersion, kind })
    if (known !== undefined) return known
    const group = groups.get(apiVersion) ?? discover(apiVersion)
    groups.set(apiVersion, group)
    const found = (await group.catch(() => [])).find(one => one.kind === kind)
    if (found !== undefined) return found
    // A custom resource definition may be added later.
    groups.delete(apiVersion)
    await group
    throw unserved({ apiVersion, kind })
  }
}

interface Resource {
  /** A subresource has a slash: `deployments/scale`. */
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

function kindsOf(apiVersion: string, { resources = [] }: JsonObject): readonly Kind[] {
  const whole = (resources as unknown as readonly Resource[]).filter(({ name }) => !name.includes('/'))
  return whole.map(({ name, kind, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }))
}

function unserved({ apiVersion, kind }: KindName): KadmError {
  return new KadmError('API_REFUSED', `the API server does not serve the kind ${kind} of ${apiVersion}`, {
    status: 404,
    hint: 'check apiVersion and kind; if a custom resource definition brings the kind, install that first',
  })
}
