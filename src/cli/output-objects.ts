import { type JsonObject, jsonText } from '../cluster/json.ts'
import { toYaml } from '../yaml/write.ts'

/** kubeadm's API group for machine-readable output. */
export const outputVersion = 'output.kubeadm.k8s.io/v1alpha3'

/** Prints objects as kubeadm's printers do: JSON objects one after another, or YAML documents separated by `---`. */
export function printObjects(objects: readonly JsonObject[], format: 'json' | 'yaml'): string {
  if (format === 'json') return objects.map(object => `${jsonText(object, 4)}\n`).join('')
  return objects.map(toYaml).join('---\n')
}
