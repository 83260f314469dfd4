import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { overlap, parseSubnets, type Subnet } from '../field/addresses.ts'
import { type Fault, type FieldPath, faultsOf } from '../field/field-path.ts'
import { subdomainFault } from '../field/name-rules.ts'

const fault = faultsOf('ClusterConfiguration')
const largestServiceBits = 20
const largestMaskDifference = 16
const families = 'expected one (IPv4 or IPv6) CIDR or two CIDRs from each family for dual-stack networking'

/** Source: ValidateNetworking of kubeadm. */
export function validateNetworking(config: ClusterConfiguration): readonly Fault[] {
  const { dnsDomain, serviceSubnet, podSubnet } = config.networking
  const bad = subdomainFault(dnsDomain)
  const domain = ['networking', 'dnsDomain']
  return [
    ...(bad === undefined ? [] : [fault(domain, `"${dnsDomain}": ${bad}`, 'use a domain such as cluster.local')]),
    ...validateServiceSubnet(serviceSubnet),
    ...(podSubnet === undefined ? [] : validatePodSubnet(podSubnet, config)),
    ...validateApart(serviceSubnet, podSubnet ?? ''),
  ]
}

/** kubeadm accepts an overlap; some Services then lead to pods of other nodes. */
function validateApart(services: string, pods: string): readonly Fault[] {
  const overlapping = (parseSubnets(pods) ?? []).flatMap(pod => {
    const service = (parseSubnets(services) ?? []).find(other => overlap(pod.text, other.text))
    return service === undefined ? [] : [{ pod: pod.text, service: service.text }]
  })
  return overlapping.map(({ pod, service }) => {
    const message = `"${pod}" overlaps with the service subnet "${service}"`
    return fault(['networking', 'podSubnet'], message, 'choose two networks that share no address')
  })
}

function validateServiceSubnet(text: string): readonly Fault[] {
  const path = ['networking', 'serviceSubnet']
  const faults = validateSubnets(text, path, 10, '10.96.0.0/12')
  const tooLarge = (parseSubnets(text) ?? []).filter(({ bits, prefix }) => bits - prefix > largestServiceBits)
  return [
    ...faults,
    ...tooLarge.map(({ bits }) => {
      const least = bits - largestServiceBits
      const message = `specified service subnet is too large; for ${bits}-bit addresses, the mask must be >= ${least}`
      return fault(path, message, `use a mask of /${least} or longer`)
    }),
  ]
}

function validatePodSubnet(text: string, config: ClusterConfiguration): readonly Fault[] {
  const path = ['networking', 'podSubnet']
  const faults = validateSubnets(text, path, 14, '10.244.0.0/16')
  if (lastArg(config, 'allocate-node-cidrs') === 'false') return faults
  return [...faults, ...(parseSubnets(text) ?? []).flatMap(subnet => validateNodeMask(subnet, config, path))]
}

function validateNodeMask(subnet: Subnet, config: ClusterConfiguration, path: FieldPath): readonly Fault[] {
  const name = `node-cidr-mask-size-ipv${subnet.family}`
  const given = lastArg(config, name)
  const mask = given === undefined || given === '' ? (subnet.family === 4 ? 24 : 64) : wholeNumber(given)
  const { prefix, text } = subnet
  if (mask === undefined) {
    const message = `could not parse the value of the kube-controller-manager flag ${name} as an integer`
    return [fault(path, message, `write a number for ${name} in controllerManager.extraArgs`)]
  }
  if (prefix > mask) {
    const message = `"${text}": the size of pod subnet with mask ${prefix} is smaller than the size of node subnet with mask ${mask}`
    return [fault(path, message, `use a mask of /${mask} or shorter, or set ${name} in controllerManager.extraArgs`)]
  }
  if (mask - prefix <= largestMaskDifference) return []
  const message = `"${text}": pod subnet mask (${prefix}) and node-mask (${mask}) difference is greater than ${largestMaskDifference}`
  return [fault(path, message, `use a mask of /${mask - largestMaskDifference} or longer`)]
}

/** Source: Go's strconv.Atoi: decimal digits and a sign. */
function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}

function validateSubnets(text: string, path: FieldPath, least: number, example: string): readonly Fault[] {
  const subnets = parseSubnets(text)
  if (subnets === undefined) return [fault(path, `"${text}": couldn't parse subnet`, `write a CIDR such as ${example}`)]
  const oneFamily = subnets.length === 2 && subnets[0]?.family === subnets[1]?.family
  return [
    ...(subnets.length > 2 || oneFamily
      ? [fault(path, `"${text}": ${families}`, `write ${example}, or ${example},fd00::/108`)]
      : []),
    ...subnets.flatMap(({ bits, prefix, text: cidr }) => {
      const size = sizeOf(bits, prefix)
      if (size >= least) return []
      const message = `"${cidr}": subnet with ${size} address(es) is too small, the minimum is ${least}`
      return [fault(path, message, `write a CIDR such as ${example}`)]
    }),
  ]
}

/** Source: netutils.RangeSize, which returns 0 for a network of half the address space or more. */
function sizeOf(bits: number, prefix: number): number {
  return bits - prefix >= bits - 1 ? 0 : 2 ** (bits - prefix)
}

/** Returns the value of the last extra argument with this name for the controller manager. */
function lastArg(config: ClusterConfiguration, name: string): string | undefined {
  return config.controllerManager.extraArgs?.findLast(arg => arg.name === name)?.value
}

/** Returns warnings about subnets that are deprecated. */
export function warnOfSiteLocal(config: ClusterConfiguration): readonly string[] {
  const subnets = [config.networking.serviceSubnet, config.networking.podSubnet ?? ''].flatMap(
    text => parseSubnets(text) ?? [],
  )
  return subnets
    .filter(({ text, family }) => family === 6 && /^fe[c-f]/.test(text))
    .map(
      ({ text }) =>
        `the subnet ${text} contains IPv6 site-local addresses that belong to fec0::/10 which has been deprecated by rfc3879`,
    )
}
