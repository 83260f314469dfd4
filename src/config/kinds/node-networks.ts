import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { contains, familyOf, isUnspecified, parseSubnets } from '../field/addresses.ts'

export interface Mismatch {
  readonly field: 'serviceSubnet' | 'podSubnet'
  readonly message: string
  readonly remedy: string
}

/** The family of the first service network, which the Service `kubernetes` is in. */
export function serviceFamily(config: ClusterConfiguration): 4 | 6 | undefined {
  const ranges = apiServerArg(config, 'service-cluster-ip-range') ?? config.networking.serviceSubnet
  return parseSubnets(ranges)?.[0]?.family
}

/**
 * kube-apiserver ends at once when the address that it announces and the first service network are of two families.
 * Source: validatePublicIPServiceClusterIPRangeIPFamilies of kube-apiserver.
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
 * Networks of the cluster that hold an address of a node: what is sent there goes to a Service or to a pod. A pod network
 * that no node gets a part of (`allocate-node-cidrs=false`) may be the one that the nodes are in.
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
