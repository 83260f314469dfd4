import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { type CheckNames, warnOfIgnored } from '../field/check-names.ts'
import { type Fault, faultsOf } from '../field/field-path.ts'
import { validateCertificateKey, validatePort } from '../field/validate-fields.ts'
import { validateTokens, warnOfTokens } from '../kinds/bootstrap-tokens.ts'
import type { InitDocument } from '../kinds/kind-schemas.ts'
import { familyMismatch, type Mismatch, networksAround } from '../kinds/node-networks.ts'
import { type NodeDraft, validateAdvertiseAddress, validateNode } from '../kinds/node-registration.ts'
import { validateCluster, warnOfCluster } from './cluster.ts'

export interface InitToValidate {
  readonly init: InitDocument
  readonly node: NodeDraft
  readonly config: ClusterConfiguration
  readonly bindPort: number
  readonly startedAt: Date
}

const kind = 'InitConfiguration'

/** Returns every error of a defaulted InitConfiguration, in kubeadm's order. Source: ValidateInitConfiguration. */
export function validateInit({ init, node, config, bindPort, startedAt }: InitToValidate): readonly Fault[] {
  const address = init.localAPIEndpoint?.advertiseAddress
  const faults = validateAdvertiseAddress(kind, ['localAPIEndpoint', 'advertiseAddress'], address)
  return [
    ...validateNode(node),
    ...validateTokens(init.bootstrapTokens, startedAt),
    ...validateCluster(config),
    ...faults,
    ...validatePort(kind, ['localAPIEndpoint', 'bindPort'], bindPort),
    ...validateCertificateKey(kind, ['certificateKey'], init.certificateKey?.reveal()),
    ...(address === undefined || faults.length > 0 ? [] : validateNetworksOf(config, address)),
  ]
}

/** kubeadm does not compare the networks with the node: its API server exits, or the node loses its connections. */
function validateNetworksOf(config: ClusterConfiguration, address: string): readonly Fault[] {
  return [...familyFaults(config, address), ...networksAround(config, address).map(toFault)]
}

export function familyFaults(config: ClusterConfiguration, address: string): readonly Fault[] {
  const mismatch = familyMismatch(config, address)
  return mismatch === undefined ? [] : [toFault(mismatch)]
}

function toFault({ field, message, remedy }: Mismatch): Fault {
  return faultsOf('ClusterConfiguration')(['networking', field], message, remedy)
}

export function warnOfInit(
  { init, node, config }: Pick<InitToValidate, 'init' | 'node' | 'config'>,
  checkNames: CheckNames | undefined,
): readonly string[] {
  const ignored = warnOfIgnored(node.ignorePreflightErrors, checkNames)
  return [...warnOfTokens(init.bootstrapTokens), ...warnOfCluster(config), ...ignored]
}
