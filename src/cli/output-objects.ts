import { type JsonObject, jsonText } from '../cluster/json.ts'
import { toYaml } from '../yaml/write.ts'

/** kubeadm's group for answers to programs. */
export const outputVersion = 'output.kubeadm.k8s.io/v1alpha3'

/** Objects as kubeadm's printers write them: JSON one after the other, YAML documents with `---` between. */
export function printObjects(objects: readonly JsonObject[], format: 'json' | 'yaml'): string {
  if (format === 'json') return objects.map(object => `${jsonText(object, 4)}\n`).join('')
  return objects.map(toYaml).join('---\n')
}
