import { releaseOf } from './releases.ts'
import type { ClusterConfiguration, EncryptionAlgorithm } from './spec.ts'

/** Returns the algorithm of new keys of a cluster. As in kubeadm, a feature gate of v1.36 and older overrides it. */
export function keyAlgorithm(config: ClusterConfiguration): EncryptionAlgorithm {
  const gate = releaseOf(config.kubernetesVersion).minor <= 36 ? config.featureGates?.PublicKeysECDSA : undefined
  if (gate === undefined) return config.encryptionAlgorithm
  return gate ? 'ECDSA-P256' : 'RSA-2048'
}
