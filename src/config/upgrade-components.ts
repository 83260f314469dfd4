import type { Cluster } from '../cluster/cluster.ts'
import type { UpgradeFinding } from '../cluster/upgrade-plan.ts'
import { showPath } from './field/field-path.ts'
import { checkComponent } from './kinds/component-configs.ts'
import { readTyped } from './typed/reading.ts'

const documents = [
  ['KubeletConfiguration', 'kubelet', 'kubelet-config'],
  ['KubeProxyConfiguration', 'kubeProxy', 'kube-proxy'],
] as const

/** Returns the fields of the stored component configurations that the target version does not know. */
export function findUnknownFields(
  cluster: Pick<Cluster, 'kubelet' | 'kubeProxy'>,
  target: string,
): readonly UpgradeFinding[] {
  return documents.flatMap(([kind, part, configMap]) => {
    const faults = checkComponent(kind, readTyped(kind, cluster[part].tree), target)
    return faults.map(({ path, message }): UpgradeFinding => {
      const field = `${kind}.${showPath(path)}`
      return {
        check: 'ComponentConfigs',
        level: 'warning',
        message: `${field} in the ConfigMap kube-system/${configMap}: ${message}`,
        remedy: 'remove the field, or replace it by what the release notes name',
      }
    })
  })
}
