import { expect, it } from 'vitest'
import { keyAlgorithm } from '../../src/cluster/key-algorithm.ts'
import { makeCluster } from '../fixtures/cluster.ts'

it.each([
  ['v1.36.3', true, 'RSA-2048', 'ECDSA-P256'],
  ['v1.36.3', false, 'ECDSA-P384', 'RSA-2048'],
  ['v1.36.3', undefined, 'ECDSA-P384', 'ECDSA-P384'],
  ['ci/v1.36.4-5+abc', true, 'RSA-2048', 'ECDSA-P256'],
  ['v1.37.2', true, 'RSA-4096', 'RSA-4096'],
] as const)(
  'the keys of Kubernetes %s with PublicKeysECDSA %s and %s use %s',
  (kubernetesVersion, gate, encryptionAlgorithm, expected) => {
    const gates = gate === undefined ? {} : { featureGates: { PublicKeysECDSA: gate } }
    const { config } = makeCluster({ config: { kubernetesVersion, encryptionAlgorithm, ...gates } })
    expect(keyAlgorithm(config)).toBe(expected)
  },
)
