import type { KubeObject } from '../../cluster/kube-object.ts'
import type { ListQuery } from './kube.ts'

/** True if the object matches the list: kind, namespace, label and field selectors as in the API server. */
export function matches(object: KubeObject, query: ListQuery): boolean {
  if (object.apiVersion !== query.apiVersion || object.kind !== query.kind) return false
  if (query.namespace !== undefined && object.metadata.namespace !== query.namespace) return false
  const labels = object.metadata.labels ?? {}
  return (
    requirements(query.labelSelector).every(text => holds(text, name => labels[name])) &&
    requirements(query.fieldSelector).every(text => holds(text, path => fieldOf(object, path)))
  )
}

/** Splits at commas outside of parentheses. */
function requirements(selector = ''): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map(text => text.trim())
    .filter(text => text !== '')
}

function holds(requirement: string, find: (name: string) => string | undefined): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement)
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map(value => value.trim())
    return values.includes(find(set[1] ?? '') ?? '\0') === (set[2] === 'in')
  }
  const equality = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(requirement)
  if (equality !== null) return (find(equality[1] ?? '') === equality[3]) === (equality[2] !== '!=')
  if (requirement.startsWith('!')) return find(requirement.slice(1)) === undefined
  return find(requirement) !== undefined
}

function fieldOf(object: KubeObject, path: string): string | undefined {
  let value: unknown = object
  for (const key of path.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[key]
  return value === undefined ? undefined : String(value)
}
