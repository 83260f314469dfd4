import { components, type KubernetesComponent } from '../../cluster/components.ts'
import type { StaticPod } from './static-pod.ts'

/** Returns the https URL of a component as reached from its own host, from the flags in its manifest. */
export function componentUrl({ flags }: Pick<StaticPod, 'flags'>, component: KubernetesComponent): string {
  const given = flags.get(component === 'kube-apiserver' ? 'advertise-address' : 'bind-address') ?? ''
  const address = given === '' || given === '0.0.0.0' || given === '::' ? '127.0.0.1' : given
  const port = flags.get('secure-port') ?? components[component].ports[0]
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`
}
