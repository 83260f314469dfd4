import { releaseOf } from './releases.ts'
import type { ClusterConfiguration, EncryptionAlgorithm } from './spec.ts'

/** Of the keys that are made for a cluster. A feature gate of v1.36 and older overrules the field, as in kubeadm of v1.36. */
export function keyAlgorithm(config: ClusterConfiguration): EncryptionAlgorithm {
  const gate = releaseOf(config.kubernetesVersion).minor <= 36 ? config.featureGates?.PublicKeysECDSA : undefined
  if (gate === undefined) return config.encryptionAlgorithm
  return gate ? 'ECDSA-P256' : 'RSA-2048'
}
