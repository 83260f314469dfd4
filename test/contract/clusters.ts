import type { Cluster } from '../../src/cluster/cluster.ts'
import { secret } from '../../src/cluster/secret.ts'
import { completeInit, parseInit } from '../../src/config/init.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const certificateKey = 'c0ffee'.repeat(10).padEnd(64, '0')

/** Configurations that take different ways through the phases; each row adds to a ClusterConfiguration. */
const bodies = {
  'a stacked etcd': 'networking: {podSubnet: 10.244.0.0/16}',
  'an external etcd': [
    'etcd:',
    '  external:',
    '    endpoints: [https://10.77.0.31:2379]',
    '    httpEndpoints: [http://10.77.0.31:2381]',
    '    caFile: /etc/etcd/ca.crt',
    '    certFile: /etc/etcd/client.crt',
    '    keyFile: /etc/etcd/client.key',
  ].join('\n'),
  'two address families':
    'networking: {podSubnet: "10.244.0.0/16,fd01::/48", serviceSubnet: "10.96.0.0/16,fd02::/112"}',
  'Kubernetes v1.36': 'kubernetesVersion: v1.36.3',
} as const

/** Files that an operator puts on the machine beforehand. */
export const broughtFiles: Readonly<Record<string, string>> = {
  '/etc/etcd/ca.crt': 'ca of etcd',
  '/etc/etcd/client.crt': 'certificate for etcd',
  '/etc/etcd/client.key':
    '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIExternalEtcdClientKey\n-----END EC PRIVATE KEY-----\n',
}

/** Clusters as the command line makes them, with ECDSA keys, which are quick to make. */
export const clusters: readonly { readonly title: string; readonly cluster: Cluster }[] = Object.entries(bodies).map(
  ([title, body]) => ({ title, cluster: load(body) }),
)

function load(body: string): Cluster {
  const text = [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'encryptionAlgorithm: ECDSA-P256',
    'controlPlaneEndpoint: api.example.com:6443',
    body,
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: InitConfiguration',
    'bootstrapTokens: [{token: abcdef.0123456789abcdef}, {token: ghijkl.ghijklmnopqrstuv, ttl: 0s}]',
    `certificateKey: ${certificateKey}`,
  ].join('\n')
  const parsed = parseInit({
    file: { path: 'kubeadm.yaml', text },
    flags: { 'upload-certs': true },
    startedAt: new Date(),
    randomToken: () => secret('mnopqr.0000000000000000').reveal(),
  })
  return completeInit(parsed, makeFacts({ defaultAddress6: 'fd00::11' })).cluster
}
