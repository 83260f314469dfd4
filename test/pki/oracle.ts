import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { EncryptionAlgorithm } from '../../src/cluster/spec.ts'
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts'
import { children, decodeDer, encodeDer } from '../../src/pki/der.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { makeCluster, makeNode } from '../fixtures/cluster.ts'

const root = new URL('../fixtures/pki/', import.meta.url)

/** The text of a file that kubeadm wrote. */
export function oracleText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

/** A certificate that kubeadm wrote, with its key. */
export function oraclePair(base: string): { certificate: Certificate; key: KeyObject } {
  return {
    certificate: parseCertificate(oracleText(`${base}.crt`)),
    key: parsePrivateKey(oracleText(`${base}.key`)),
  }
}

export const oracleAlgorithms = ['RSA-2048', 'ECDSA-P256', 'ECDSA-P384'] as const
export const allAlgorithms = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384'] as const

const hour = 3_600_000
export const oracleNode = makeNode({ name: 'cp-1', advertiseAddress: '192.0.2.10' })

/** The cluster of a fixture's kubeadm.yaml. */
export function oracleCluster(algorithm: EncryptionAlgorithm): Cluster {
  return makeCluster({
    nodes: [oracleNode],
    config: {
      encryptionAlgorithm: algorithm,
      controlPlaneEndpoint: algorithm === 'ECDSA-P384' ? '198.51.100.7:6443' : 'api.example.test:6443',
      certificateValidityPeriod: (algorithm === 'RSA-2048' ? 8760 : 300_000) * hour,
      networking: { dnsDomain: 'cluster.local', serviceSubnet: '10.96.0.0/12,fd00::/108' },
      apiServer: { certSANs: ['*.example.test', '10.0.0.5', '2001:db8::1', '10.96.0.1', 'kubernetes'] },
      etcd: {
        local: {
          dataDir: '/var/lib/etcd',
          serverCertSANs: ['etcd.example.test', '192.0.2.99'],
          peerCertSANs: ['2001:db8::7'],
        },
      },
    },
  })
}

/** When kubeadm started, from a certificate that is backdated by five minutes. */
export function startOf(certificate: Certificate): Date {
  return new Date(certificate.notBefore.getTime() + 5 * 60_000)
}

export function serialOf(certificate: Certificate): bigint {
  return BigInt(`0x${certificate.serial}`)
}

/** The signed part of a certificate in hex. */
export function tbsOf(certificate: Certificate): string {
  const [tbs] = children(decodeDer(certificate.der))
  return tbs === undefined ? '' : encodeDer(tbs).toString('hex')
}
