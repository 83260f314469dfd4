import type { Cluster } from '../../src/cluster/cluster.ts'
import type { InitRequest } from '../../src/cluster/request.ts'
import { secret } from '../../src/cluster/secret.ts'
import { completeInit } from '../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const certificateKey = 'c0ffee'.repeat(10).padEnd(64, '0')

/** Configurations with different paths through the phases; each row is appended to a ClusterConfiguration. */
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
  'patches of everything': '',
} as const

/** One patch of each type, for the cluster whose title asks for them. */
const patches: Readonly<Record<string, string>> = {
  'kube-apiserver+json.yaml': '[{op: add, path: /spec/containers/0/command/-, value: --profiling=false}]',
  'etcd.yaml':
    'spec: {containers: [{name: etcd, image: registry.example.com/etcd:9.9.9-0, resources: {limits: {cpu: 0.5}}}]}',
  'kube-scheduler+merge.json': '{"metadata": {"labels": {"tier": null, "a": "b"}}}',
  'kubeletconfiguration.yaml': 'maxPods: 42',
  'corednsdeployment.yaml': 'spec: {replicas: 3, strategy: {$retainKeys: [type], type: Recreate}}',
  'kubeproxydaemonset.yaml':
    'spec: {template: {spec: {hostNetwork: false, containers: [{name: kube-proxy, stdin: true}]}}}',
}

/** Files that an operator copied to the host before. */
export const broughtFiles: Readonly<Record<string, string>> = {
  '/etc/etcd/ca.crt': 'ca of etcd',
  '/etc/etcd/client.crt': 'certificate for etcd',
  '/etc/etcd/client.key':
    '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIExternalEtcdClientKey\n-----END EC PRIVATE KEY-----\n',
}

/** A cluster and the request of its init. */
export interface ClusterCase {
  readonly title: string
  readonly cluster: Cluster
  readonly request: InitRequest
}

/** Clusters as the command line creates them, with ECDSA keys, which are fast to generate. */
export const clusters: readonly ClusterCase[] = Object.entries(bodies).map(([title, body]) => ({
  title,
  ...load(body, title.startsWith('patches') ? patches : {}),
}))

function load(body: string, files: Readonly<Record<string, string>>): Omit<ClusterCase, 'title'> {
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
    'patches: {directory: /patches}',
  ].join('\n')
  const parsed = parseInit({
    file: { path: 'kubeadm.yaml', text },
    flags: { 'upload-certs': true },
    startedAt: new Date(),
    randomToken: () => secret('mnopqr.0000000000000000').reveal(),
    patchFiles: () => Object.entries(files).map(([path, file]) => ({ path, read: () => file })),
  })
  const { cluster, request } = completeInit(settleInit(parsed, undefined), makeFacts({ defaultAddress6: 'fd00::11' }))
  return { cluster, request }
}
