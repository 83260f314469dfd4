import { formatDuration } from '../../cluster/duration.ts'
import { releaseOf } from '../../cluster/releases.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { parseIp } from '../field/addresses.ts'
import { type Fault, faultsOf } from '../field/field-path.ts'
import { parseHostPort } from '../field/name-rules.ts'
import { suggestName } from '../field/nearest-name.ts'
import { validateArgs, validateCertNames, validatePath, validateRepository } from '../field/validate-fields.ts'
import { validateEtcd } from './etcd.ts'
import { validateNetworking, warnOfSiteLocal } from './networking.ts'

const kind = 'ClusterConfiguration'
const fault = faultsOf(kind)
const algorithms = ['ECDSA-P256', 'ECDSA-P384', 'RSA-2048', 'RSA-3072', 'RSA-4096']

/** Source: InitFeatureGates of kubeadm of that minor. */
function gatesOf(kubernetesVersion: string): readonly string[] {
  const older = releaseOf(kubernetesVersion).minor <= 36
  return [...(older ? ['NodeLocalCRISocket', 'PublicKeysECDSA'] : []), 'RootlessControlPlane']
}

/** Returns all errors of a defaulted ClusterConfiguration, in kubeadm's order. Source: ValidateClusterConfiguration. */
export function validateCluster(config: ClusterConfiguration): readonly Fault[] {
  const { dns, apiServer, imageRepository } = config
  return [
    ...(dns.imageRepository === undefined
      ? []
      : validateRepository(kind, ['dns', 'imageRepository'], dns.imageRepository)),
    ...validateNetworking(config),
    ...validateCertNames(kind, ['apiServer', 'certSANs'], apiServer.certSANs),
    ...(['apiServer', 'controllerManager', 'scheduler'] as const).flatMap(name =>
      validateArgs(kind, [name, 'extraArgs'], config[name].extraArgs),
    ),
    ...validatePath(kind, ['certificatesDir'], config.certificatesDir),
    ...validateGates(config),
    ...validateEndpoint(config.controlPlaneEndpoint),
    ...validateRepository(kind, ['imageRepository'], imageRepository),
    ...validateEtcd(config),
    ...validateAlgorithm(config.encryptionAlgorithm),
    ...validateValidity(config),
  ]
}

function validateGates({ featureGates = {}, kubernetesVersion }: ClusterConfiguration): readonly Fault[] {
  const known = gatesOf(kubernetesVersion)
  return Object.keys(featureGates)
    .filter(name => !known.includes(name))
    .map(name => fault(['featureGates', name], `${name} is not a valid feature name.`, suggestName(name, known)))
}

function validateEndpoint(endpoint: string | undefined): readonly Fault[] {
  if (endpoint === undefined) return []
  const parsed = parseHostPort(endpoint, host => parseIp(host) !== undefined)
  if (typeof parsed !== 'string') return []
  return [fault(['controlPlaneEndpoint'], parsed, 'write host:port, in lower case, such as k8s.example.com:6443')]
}

function validateAlgorithm(name: string): readonly Fault[] {
  if (algorithms.includes(name)) return []
  const message = `Invalid encryption algorithm "${name}". Must be one of [${algorithms.join(' ')}]`
  return [fault(['encryptionAlgorithm'], message, suggestName(name, algorithms))]
}

/** kubeadm issues expired certificates; its API server is then unreachable. */
function validateValidity(config: ClusterConfiguration): readonly Fault[] {
  return (['caCertificateValidityPeriod', 'certificateValidityPeriod'] as const).flatMap(name => {
    if (config[name] >= 1000) return []
    const message = `${formatDuration(config[name])}: certificates would never be valid`
    return [fault([name], message, 'use a duration such as 8760h')]
  })
}

const year = 8_760 * 36e5

/** Returns warnings about valid values. Source: ValidateCertValidity, ValidateIPNetFromString. */
export function warnOfCluster(config: ClusterConfiguration): readonly string[] {
  const { certificateValidityPeriod: leaf, caCertificateValidityPeriod: ca } = config
  const more = (name: string, value: number, than: string) =>
    `${name}: the value ${formatDuration(value)} is more than the ${than}`
  const usual = 'recommended default for'
  return [
    ...warnOfSiteLocal(config),
    ...(leaf > year
      ? [more('certificateValidityPeriod', leaf, `${usual} certificate expiration: ${formatDuration(year)}`)]
      : []),
    ...(ca > 10 * year
      ? [more('caCertificateValidityPeriod', ca, `${usual} CA certificate expiration: ${formatDuration(10 * year)}`)]
      : []),
    ...(leaf > ca
      ? [more('certificateValidityPeriod', leaf, `caCertificateValidityPeriod: ${formatDuration(ca)}`)]
      : []),
  ]
}
