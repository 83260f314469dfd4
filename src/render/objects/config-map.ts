import { given } from '../../cluster/given.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { configHash, configHashAnnotation } from './config-hash.ts'

export interface ConfigMapInput {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
  /** Adds the hash that distinguishes a generated configuration from one that a user wrote. */
  readonly signed?: boolean
}

/** Renders a ConfigMap, by default in kube-system. */
export function configMap({ name, namespace = 'kube-system', labels, data, signed }: ConfigMapInput): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...(signed ? { annotations: { [configHashAnnotation]: configHash(data) } } : {}),
      ...given({ labels }),
      name,
      namespace,
    },
    data,
  }
}
