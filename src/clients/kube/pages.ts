import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** A part of a list; absent: all of it. */
export interface Page {
  readonly limit: number
  /** The continue token of the page before. */
  readonly continue?: string
}

/** As in kubectl: an answer with this many objects has a few megabytes. */
const pageSize = 500

/**
 * Returns all items of a list, page by page. The server keeps the state of a list for some minutes. If that expires
 * before the last page (410), the whole list is read in one answer, so that all items have the same state.
 */
export async function readPages(
  read: (page: Page | undefined) => Promise<KubeObject>,
  limit = pageSize,
): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = []
  let next: string | undefined
  do {
    const page = next === undefined ? { limit } : { limit, continue: next }
    const list = await read(page).catch(error => {
      if (page.continue !== undefined && isKadmError(error, 'API_REFUSED') && error.status === 410) return undefined
      throw error
    })
    if (list === undefined) return itemsOf(await read(undefined))
    items.push(...itemsOf(list))
    next = nextOf(list)
  } while (next !== undefined)
  return items
}

function itemsOf(list: KubeObject): readonly JsonObject[] {
  return (list.items ?? []) as readonly JsonObject[]
}

function nextOf({ metadata }: Partial<KubeObject>): string | undefined {
  const next = metadata?.continue
  return typeof next === 'string' && next !== '' ? next : undefined
}
