import type { ComponentConfig } from '../cluster/cluster.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { parseDocuments } from './documents/documents.ts'
import { createDrafts, type Drafts } from './documents/drafts.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { readDocument } from './documents/sound-part.ts'
import { type Fault, showPath } from './field/field-path.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { type ComponentKind, canonicalComponent } from './kinds/component-configs.ts'
import { clusterSchema } from './kinds/kind-schemas.ts'

export interface StoredConfiguration {
  readonly config: ClusterConfiguration
  readonly warnings: readonly string[]
}

/**
 * Reads the value of ConfigMap kubeadm-config. Unlike a file it is not validated: unknown fields and duplicates are
 * warnings, unknown feature gates stay. Throws CONFIG_INVALID if a field has the wrong type.
 */
export function parseStoredCluster(text: string): StoredConfiguration {
  const file = 'ConfigMap kube-system/kubeadm-config'
  const kind = 'ClusterConfiguration'
  const { drafts, warnings } = openStored(text, file, kind)
  const unknown = drafts.typed(kind).faults.filter(isUnknownField)
  for (const fault of unknown) drafts.remove(kind, fault.path)
  const read = readDocument(clusterSchema, kind, drafts.typed(kind))
  throwProblems(read.faults.map(drafts.problemOf))
  if (read.value === undefined) throw new KadmError('INTERNAL', `${file} cannot be read`)
  return {
    config: defaultClusterConfiguration(read.value, read.value.kubernetesVersion ?? '', 6443),
    warnings: [...warnings, ...unknown.map(fault => `${file}: unknown field "${showPath(fault.path)}" is not used`)],
  }
}

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

function openStored(text: string, file: string, kind: string): { drafts: Drafts; warnings: readonly string[] } {
  const { documents, problems, duplicates } = parseDocuments(text, file)
  throwProblems(problems)
  const document = documents.find(found => found.kind === kind)
  if (document === undefined) {
    const hint =
      'inspect it with kubectl, and write it again with `kadm init phase upload-config all --config FILE` on a control plane'
    throw new KadmError('CONFIG_INVALID', `${file} holds no ${kind}`, { hint })
  }
  return {
    drafts: createDrafts(new Map([[kind, document]])),
    warnings: duplicates.map(({ message, field }) => `${file}: ${field}: ${message}; the last value applies`),
  }
}

function isUnknownField({ unknownField }: Fault): boolean {
  return unknownField === true
}
