import semver from 'semver'
import type { ComponentConfig } from '../cluster/cluster.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { type Defaulted, defaultKubelet, defaultKubeProxy } from './component-defaults.ts'
import { schemaOfTable } from './component-schema.ts'
import { type Fault, faultsOf } from './field-path.ts'
import { toCanonical } from './field-table.ts'
import { kubeProxyFields } from './kube-proxy-fields.ts'
import { kubeletFields, kubeletFieldsSince } from './kubelet-fields.ts'
import { checkSchema } from './schema-check.ts'

export type ComponentKind = 'KubeletConfiguration' | 'KubeProxyConfiguration'

const components = {
  KubeletConfiguration: { apiVersion: 'kubelet.config.k8s.io/v1beta1', fields: kubeletFields },
  KubeProxyConfiguration: { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', fields: kubeProxyFields },
} as const

const schemas = {
  KubeletConfiguration: schemaOfTable(kubeletFields),
  KubeProxyConfiguration: schemaOfTable(kubeProxyFields),
}

/** Unknown fields and wrong types of a document that the operator wrote, judged for the version to deploy. */
export function checkComponent(kind: ComponentKind, tree: JsonObject, kubernetesVersion: string): readonly Fault[] {
  const minor = semver.parse(kubernetesVersion.replace(/^ci\//, ''))?.minor ?? 0
  const tooNew = kind === 'KubeletConfiguration' ? kubeletFieldsSince : {}
  return [
    ...checkSchema(schemas[kind], kind, tree).faults,
    ...Object.entries(tooNew)
      .filter(([name, since]) => tree[name] !== undefined && minor < since)
      .map(([name, since]) => {
        const message = `the kubelet of ${kubernetesVersion} does not know "${name}"; it came with v1.${since}`
        return faultsOf(kind)([name], message, 'remove it, or deploy a newer version')
      }),
  ]
}

export interface ComponentConfigs {
  readonly kubelet: ComponentConfig
  readonly kubeProxy: ComponentConfig
  readonly warnings: readonly string[]
}

/** What the component configurations are once defaulted; a part is undefined when nobody wrote one. */
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

/** The tree as Go writes it; fields that no table knows stay. */
export function canonicalComponent(kind: ComponentKind, tree: JsonObject): JsonObject {
  const { apiVersion, fields } = components[kind]
  return { ...toCanonical(fields, tree), apiVersion, kind }
}
