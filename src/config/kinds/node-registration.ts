import { defaultNodeName, type LocalEndpoint, type MachineFacts, type Node, type Role } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { parseGoUrl } from '../../cluster/go-url.ts'
import { paths } from '../../cluster/paths.ts'
import type { Arg, ImagePullPolicy, NodeRegistration, Taint } from '../../cluster/spec.ts'
import { isGlobalUnicast, isLoopback, isUnspecified, parseIp } from '../field/addresses.ts'
import { type Fault, type FieldPath, faultsOf } from '../field/field-path.ts'
import { nodeNameFault, subdomainFault } from '../field/name-rules.ts'
import { validateArgs, validateIgnored, validatePullPolicy } from '../field/validate-fields.ts'
import type { InitDocument } from './kind-schemas.ts'

type Document = NonNullable<InitDocument['nodeRegistration']>

/** A node from the file and the flags. Values that only the host knows may be missing. */
export type NodeDraft = Omit<NodeRegistration, 'name' | 'criSocket'> & {
  readonly kind: string
  readonly name?: string
  readonly criSocket?: string
}

/**
 * Applies static defaults. Source: SetDefaults_NodeRegistration; taints of a control plane:
 * SetNodeRegistrationDynamicDefaults.
 */
export function draftNode(kind: string, document: Document, role: Role): NodeDraft {
  const { name, criSocket, taints } = document
  const marks: readonly Taint[] | undefined = taints ?? (role === 'control-plane' ? [controlPlaneTaint] : undefined)
  const ignored = (document.ignorePreflightErrors ?? []).map(check => check.toLowerCase())
  return {
    kind,
    ...given({ name: name?.trim().toLowerCase() }),
    ...(criSocket === undefined ? {} : { criSocket: withScheme(criSocket) }),
    ...given({ taints: marks }),
    kubeletExtraArgs: (document.kubeletExtraArgs ?? []) as readonly Arg[],
    ignorePreflightErrors: [...new Set(ignored)].sort(),
    imagePullPolicy: (document.imagePullPolicy ?? 'IfNotPresent') as ImagePullPolicy,
    imagePullSerial: document.imagePullSerial ?? true,
  }
}

const controlPlaneTaint: Taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }

/** As in kubeadm, text without the scheme is a path. Source: SetNodeRegistrationDynamicDefaults. */
export function withScheme(socket: string): string {
  return socket.startsWith('unix') ? socket : `unix://${socket}`
}

/** Source: ValidateNodeRegistrationOptions. */
export function validateNode(draft: NodeDraft): readonly Fault[] {
  const at = (name: string): FieldPath => ['nodeRegistration', name]
  const { kind, name, criSocket } = draft
  return [
    ...(name === undefined ? [] : [...validateNodeName(kind, name), ...validateNameLength(kind, name)]),
    ...(criSocket === undefined ? [] : validateSocket(kind, at('criSocket'), criSocket)),
    ...validateArgs(kind, at('kubeletExtraArgs'), draft.kubeletExtraArgs),
    ...validatePullPolicy(kind, at('imagePullPolicy'), draft.imagePullPolicy),
    ...validateIgnored(kind, at('ignorePreflightErrors'), draft.ignorePreflightErrors),
  ]
}

function validateNodeName(kind: string, name: string): readonly Fault[] {
  if (name === '') return [nameFault(kind, 'empty hostname is invalid')]
  const bad = subdomainFault(name)
  return bad === undefined ? [] : [nameFault(kind, `"${name}": ${bad}`)]
}

function nameFault(kind: string, message: string): Fault {
  const remedy = 'give a name with --node-name or nodeRegistration.name'
  return faultsOf(kind)(['nodeRegistration', 'name'], message, remedy)
}

function validateNameLength(kind: string, name: string): readonly Fault[] {
  const bad = nodeNameFault(name)
  return bad === undefined ? [] : [nameFault(kind, `"${name}": ${bad}`)]
}

/** Returns errors of a name under which the kubelet could not register its Node. */
export function validateRegistration({ name, kubeletExtraArgs }: NodeRegistration, kind: string): readonly Fault[] {
  const override = kubeletExtraArgs
    .findLast(arg => arg.name === 'hostname-override')
    ?.value.trim()
    .toLowerCase()
  if (override === undefined || override === '') return validateNameLength(kind, name)
  const fault = (message: string, remedy: string) => {
    return [
      faultsOf(kind)(['nodeRegistration', 'kubeletExtraArgs'], `hostname-override "${override}"${message}`, remedy),
    ]
  }
  const bad = subdomainFault(override) ?? nodeNameFault(override)
  if (bad !== undefined) return fault(`: ${bad}`, 'remove it, and set the name with --node-name')
  if (override === name) return []
  const message = ` differs from the node name "${name}" in the kubelet certificate`
  return fault(message, `remove it, and set the name with --node-name ${override}`)
}

/**
 * Source: ValidateSocketPath. A URL without a path, or with another scheme that is read as a path, is not a socket:
 * kubeadm reports that in preflight.
 */
export function validateSocket(kind: string, path: FieldPath, socket: string): readonly Fault[] {
  const wrong = (message: string) => {
    return [faultsOf(kind)(path, `"${socket}": ${message}`, `write a URL such as ${paths.defaultCriSocket}`)]
  }
  const url = parseGoUrl(socket)
  if ('message' in url) return wrong(`URL parsing error: ${url.message}`)
  const scheme = /^unix:\/\/([a-z][a-z0-9+.-]*):\/\//i.exec(socket)?.[1]?.toLowerCase() ?? url.scheme
  if (scheme !== 'unix') return wrong(`only URL scheme "unix" is supported, got "${scheme}"`)
  return url.path === '' ? wrong('the URL has no path') : []
}

export interface CompletedNode {
  readonly node: NodeRegistration
  /** Without errors, the node is valid. */
  readonly faults: readonly Fault[]
}

/** Adds facts of the host: its name and its container runtime. */
export function completeNode(draft: NodeDraft, facts: MachineFacts): CompletedNode {
  const { kind, ...given } = draft
  const name = given.name ?? defaultNodeName(facts)
  const faults = given.name === undefined ? [...validateNodeName(kind, name)] : []
  if (given.criSocket === undefined && facts.criSockets.length > 1) {
    const message = `found multiple CRI endpoints on the host: ${facts.criSockets.join(', ')}`
    const remedy = "choose one with --cri-socket or the 'criSocket' field"
    faults.push(faultsOf(kind)(['nodeRegistration', 'criSocket'], message, remedy))
  }
  const criSocket = given.criSocket ?? facts.criSockets[0] ?? paths.defaultCriSocket
  return { node: { ...given, name, criSocket }, faults }
}

const addressRemedy = 'set an address of a network interface of this host with --apiserver-advertise-address'

/** Validates an advertise address. Source: SetAPIEndpointDynamicDefaults, VerifyAPIServerBindAddress. */
export function validateAdvertiseAddress(kind: string, path: FieldPath, text: string | undefined): readonly Fault[] {
  if (text === undefined) return []
  const address = parseIp(text)
  if (address === undefined) {
    const message = `couldn't use "${text}" as "apiserver-advertise-address", must be ipv4 or ipv6 address`
    return [faultsOf(kind)(path, message, addressRemedy)]
  }
  if (isUnspecified(address) || isGlobalUnicast(address)) return []
  const why = isLoopback(address) ? ': other hosts cannot reach a loopback address' : ''
  return [faultsOf(kind)(path, `cannot use "${text}" as the bind address for the API Server${why}`, addressRemedy)]
}

/**
 * Returns the address of this node's API server: as given, else that of the default route. It is IPv4, unless `::`
 * selects IPv6, or the first service network is IPv6 and no address is given, which kubeadm ignores.
 */
export function completeAdvertiseAddress(
  text: string | undefined,
  facts: MachineFacts,
  services: 4 | 6 = 4,
): string | undefined {
  const address = parseIp(text ?? (services === 6 ? '::' : '0.0.0.0')) ?? '0.0.0.0'
  if (!isUnspecified(address)) return address
  const { defaultAddress, defaultAddress6 } = facts
  return address === '::' ? (defaultAddress6 ?? defaultAddress) : (defaultAddress ?? defaultAddress6)
}

export function noAddressFault(kind: string, path: FieldPath): Fault {
  return faultsOf(kind)(path, 'the host has no default route to detect its address from', addressRemedy)
}

/** Returns the node with this registration: a control plane if it has an endpoint, else a worker. */
export function toNode(node: NodeRegistration, facts: MachineFacts, endpoint?: LocalEndpoint): Node {
  if (endpoint === undefined) return { ...node, role: 'worker', facts }
  return { ...node, role: 'control-plane', ...endpoint, facts }
}
