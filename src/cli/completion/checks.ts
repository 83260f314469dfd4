import { components, kubeletPorts, staticPodComponents } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { dirAvailable, fileAvailable } from '../../phases/preflight/files.ts'
import { port } from '../../phases/preflight/ports.ts'

/** Names of preflight checks; of those that carry a port or a path, the ones of a default control plane. */
export function checkWords(): readonly string[] {
  const ports = [...Object.values(components).flatMap(component => component.ports), kubeletPorts.api]
  const files = [`${paths.kubernetesDir}/kubelet.conf`, ...staticPodComponents.map(paths.manifest)]
  const checks = [...ports.map(port), ...files.map(fileAvailable), dirAvailable('/var/lib/etcd')]
  const plain = checkNames.filter(name => !/-[NP]$/.test(name))
  return ['all', ...plain, ...checks.map(({ name }) => name)]
}
