import type { ComponentConfig } from '../cluster/cluster.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { defaultClusterConfiguration } from './cluster-configuration.ts'
import { type ComponentKind, canonicalComponent } from './component-configs.ts'
import { parseDocuments } from './documents.ts'
import { createDrafts } from './drafts.ts'
import { type Fault, showPath } from './field-path.ts'
import { clusterSchema } from './kind-schemas.ts'
import { throwProblems } from './open-drafts.ts'
import { checkSchema } from './schema-check.ts'

export interface StoredConfiguration {
  readonly config: ClusterConfiguration
  readonly warnings: readonly string[]
}

/**
 * Reads the value of ConfigMap kubeadm-config. Unlike a file it is not validated: unknown fields and
 * duplicates are warnings, unknown feature gates stay. Throws CONFIG_INVALID when a field has the wrong type.
 */
export function parseStoredCluster(text: string): StoredConfiguration {
  const file = 'ConfigMap kube-system/kubeadm-config'
  const { tree, warnings } = parseStored(text, file, 'ClusterConfiguration')
  const kind = 'ClusterConfiguration'
  const first = checkSchema(clusterSchema, kind, tree)
  const unknown = first.faults.filter(isUnknownField)
  const drafts = createDrafts(new Map([[kind, { apiVersion: '', kind, file, tree, lineOf: () => 1 }]]))
  for (const fault of unknown) drafts.remove(kind, fault.path)
  const read = checkSchema(clusterSchema, kind, drafts.read(kind))
  if (!('value' in read)) {
    throwProblems(read.faults.map(drafts.problemOf))
    throw new KadmError('INTERNAL', `${file} cannot be read`)
  }
  return {
    config: defaultClusterConfiguration(read.value, read.value.kubernetesVersion ?? '', 6443),
    warnings: [...warnings, ...unknown.map(fault => `${file}: unknown field "${showPath(fault.path)}" is not used`)],
  }
}

/** Reads the component configuration that a cluster keeps; fields that kadm does not know stay in it. */
export function parseStoredComponent(text: string, kind: ComponentKind): ComponentConfig {
  const { tree } = parseStored(text, `the ${kind} of the cluster`, kind)
  return { tree: canonicalComponent(kind, tree), generated: false }
}

function parseStored(text: string, file: string, kind: string): { tree: JsonObject; warnings: readonly string[] } {
  const { documents, problems, duplicates } = parseDocuments(text, file)
  throwProblems(problems)
  const document = documents.find(found => found.kind === kind)
  if (document === undefined) {
    const hint = 'look at it with kubectl, and write it again from a control plane with kadm init phase upload-config'
    throw new KadmError('CONFIG_INVALID', `${file} holds no ${kind}`, { hint })
  }
  const drafts = createDrafts(new Map([[kind, document]]))
  const keepEmptyTexts = kind !== 'ClusterConfiguration'
  return {
    tree: drafts.read(kind, { keepEmptyTexts }),
    warnings: duplicates.map(({ message, field }) => `${file}: ${field}: ${message}; the last one counts`),
  }
}

function isUnknownField({ message }: Fault): boolean {
  return message.startsWith('unknown field ')
}
