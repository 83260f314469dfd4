import semver from 'semver'
import type { ComponentConfig } from '../../cluster/cluster.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { type Fault, faultsOf } from '../field/field-path.ts'
import { fieldsOf } from '../typed/go-types.ts'
import type { TypedTree } from '../typed/reading.ts'
import { asGoWrites } from '../typed/writing.ts'
import { type Defaulted, defaultKubelet, defaultKubeProxy } from './component-defaults.ts'

export type ComponentKind = 'KubeletConfiguration' | 'KubeProxyConfiguration'

const apiVersions = {
  KubeletConfiguration: 'kubelet.config.k8s.io/v1beta1',
  KubeProxyConfiguration: 'kubeproxy.config.k8s.io/v1alpha1',
} as const

/** Validates fields and types of a document for the version to deploy. */
export function checkComponent(
  kind: ComponentKind,
  { tree, faults }: TypedTree,
  kubernetesVersion: string,
): readonly Fault[] {
  const minor = semver.parse(kubernetesVersion.replace(/^ci\//, ''))?.minor ?? 0
  const tooNew = [...(fieldsOf(kind)?.values() ?? [])].filter(
    ({ name, since = 0 }) => tree[name] !== undefined && minor < since,
  )
  const program = kind === 'KubeletConfiguration' ? 'kubelet' : 'kube-proxy'
  return [
    ...faults,
    ...tooNew.map(({ name, since }) => {
      const message = `the ${program} of ${kubernetesVersion} does not know "${name}"; it requires v1.${since}`
      return faultsOf(kind)([name], message, 'remove it, or deploy a newer version')
    }),
  ]
}

export interface ComponentConfigs {
  readonly kubelet: ComponentConfig
  readonly kubeProxy: ComponentConfig
  readonly warnings: readonly string[]
}

/** Returns the component configurations with defaults; a part is undefined if it is not set. */
export function completeComponents(
  given: { readonly kubelet?: JsonObject; readonly kubeProxy?: JsonObject },
  config: ClusterConfiguration,
  advertiseAddress: string,
): ComponentConfigs {
  const kubeProxy = defaultKubeProxy(given.kubeProxy ?? {}, config, advertiseAddress)
  const kubelet = defaultKubelet(given.kubelet ?? {}, config)
  return {
    kubelet: finish('KubeletConfiguration', kubelet, given.kubelet === undefined),
    kubeProxy: finish('KubeProxyConfiguration', kubeProxy, given.kubeProxy === undefined),
    warnings: [...kubeProxy.warnings, ...kubelet.warnings],
  }
}

function finish(kind: ComponentKind, { tree }: Defaulted, generated: boolean): ComponentConfig {
  return { tree: canonicalComponent(kind, tree), generated }
}

/** Returns the tree as Go writes it; unknown fields stay. */
export function canonicalComponent(kind: ComponentKind, tree: JsonObject): JsonObject {
  return { ...asGoWrites(kind, tree), apiVersion: apiVersions[kind], kind }
}
