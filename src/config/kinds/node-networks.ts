import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { contains, familyOf, isUnspecified, parseSubnets } from '../field/addresses.ts'

export interface Mismatch {
  readonly field: 'serviceSubnet' | 'podSubnet'
  readonly message: string
  readonly remedy: string
}

/** Returns the family of the first service network, which contains the Service `kubernetes`. */
export function serviceFamily(config: ClusterConfiguration): 4 | 6 | undefined {
  const ranges = apiServerArg(config, 'service-cluster-ip-range') ?? config.networking.serviceSubnet
  return parseSubnets(ranges)?.[0]?.family
}

/**
 * kube-apiserver exits if its advertise address and the first service network have different families. Source:
 * validatePublicIPServiceClusterIPRangeIPFamilies of kube-apiserver.
 */
export function familyMismatch(config: ClusterConfiguration, advertiseAddress: string): Mismatch | undefined {
  if (apiServerArg(config, 'endpoint-reconciler-type') === 'none') return undefined
  const address = apiServerArg(config, 'advertise-address') ?? advertiseAddress
  const [own, services] = [familyOf(address), serviceFamily(config)]
  if (own === undefined || services === undefined || own === services || isUnspecified(address)) return undefined
  return {
    field: 'serviceSubnet',
    message: `the API server announces ${address}, an IPv${own} address, and the first service network is IPv${services}`,
    remedy: `use an IPv${services} advertise address, or a serviceSubnet that begins with an IPv${own} network`,
  }
}

/**
 * Returns networks of the cluster that contain an address of a node: its packets would go to a Service or a pod. A pod
 * network that is not divided among nodes (`allocate-node-cidrs=false`) can be the network of the nodes.
 */
export function networksAround(config: ClusterConfiguration, address: string): readonly Mismatch[] {
  const { serviceSubnet, podSubnet = '' } = config.networking
  const allocated = config.controllerManager.extraArgs?.findLast(arg => arg.name === 'allocate-node-cidrs')?.value
  const checked = { serviceSubnet, ...(allocated === 'false' ? {} : { podSubnet }) }
  return Object.entries(checked).flatMap(([field, text]) =>
    (parseSubnets(text) ?? [])
      .filter(network => contains(network.text, address))
      .map((network): Mismatch => {
        return {
          field: field as Mismatch['field'],
          message: `"${network.text}" contains ${address}, an address of the node`,
          remedy: 'choose a network that contains no address of a host',
        }
      }),
  )
}

function apiServerArg({ apiServer }: ClusterConfiguration, name: string): string | undefined {
  return apiServer.extraArgs?.findLast(arg => arg.name === name)?.value
}
