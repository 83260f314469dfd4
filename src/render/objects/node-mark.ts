import type { JsonObject } from '../../cluster/json.ts'
import type { Taint } from '../../cluster/spec.ts'

const labels = ['node-role.kubernetes.io/control-plane', 'node.kubernetes.io/exclude-from-external-load-balancers']

/** The relevant part of a Node. */
export interface MarkedNode {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
  readonly [key: string]: unknown
}

/**
 * Returns the strategic merge patch that marks a Node as control plane; undefined if it is marked. The server replaces
 * the whole list of taints, so the patch includes those of others; kubeadm sends a taint of the same key and effect
 * twice.
 */
export function nodeMarkPatch(node: MarkedNode, wanted: readonly Taint[]): JsonObject | undefined {
  const missing = labels.filter(label => node.metadata.labels?.[label] !== '')
  const spec = node.spec as { readonly taints?: readonly Taint[] } | undefined
  const found = spec?.taints ?? []
  const tainted = wanted.every(taint => found.some(other => isSlot(taint, other) && sameValue(taint, other)))
  if (missing.length === 0 && tainted) return undefined
  const others = found.filter(other => !wanted.some(taint => isSlot(taint, other)))
  return {
    ...(missing.length === 0 ? {} : { metadata: { labels: Object.fromEntries(missing.map(label => [label, ''])) } }),
    ...(tainted ? {} : { spec: { taints: [...wanted, ...others].map(taint => ({ ...taint })) } }),
  }
}

/** A Node has at most one taint with the same key and effect. */
function isSlot(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}

function sameValue(a: Taint, b: Taint): boolean {
  return (a.value ?? '') === (b.value ?? '')
}
