import type { ClusterConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { throwProblems } from './documents/open-drafts.ts'
import { isUnknownField, openStored } from './documents/open-stored.ts'
import { readDocument } from './documents/sound-part.ts'
import { showPath } from './field/field-path.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { clusterSchema } from './kinds/cluster-schema.ts'

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
