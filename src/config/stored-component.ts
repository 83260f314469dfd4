import type { ComponentConfig } from '../cluster/cluster.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { isUnknownField, openStored } from './documents/open-stored.ts'
import { type ComponentKind, canonicalComponent } from './kinds/component-configs.ts'

/**
 * Reads the component configuration that a cluster stores; unknown fields stay in it. Throws CONFIG_INVALID if a field
 * has the wrong type.
 */
export function parseStoredComponent(text: string, kind: ComponentKind): ComponentConfig {
  const { drafts } = openStored(text, `the ${kind} of the cluster`, kind)
  const { tree, faults } = drafts.typed(kind)
  throwProblems(faults.filter(fault => !isUnknownField(fault)).map(drafts.problemOf))
  return { tree: canonicalComponent(kind, tree), generated: false }
}
