import type { Flag } from './flags.ts'

const join = ['join'] as const
/**
 * Phases for which kubeadm asks the cluster, and the wait of a worker, which has no admin.conf. All others find it by the
 * admin.conf that is on the machine.
 */
const discovering = [
  'preflight',
  ...['certs', 'kubeconfig', 'download-certs'].map(part => `control-plane-prepare/${part}`),
  ...['kubelet-start', 'kubelet-wait-bootstrap'],
]
const controlPlane = [
  ...['preflight', 'control-plane-prepare', 'etcd-join', 'control-plane-join'],
  // kubeadm gives the rest of its phases no flag at all, or does not have them.
  ...['check-etcd', 'wait-control-plane', 'kubelet-finalize'],
]
const tokenFields = [
  'InitConfiguration.bootstrapTokens.0.token',
  'JoinConfiguration.discovery.bootstrapToken.token',
  'JoinConfiguration.discovery.tlsBootstrapToken',
]

/** Flags with which a node finds and trusts its cluster. The general token comes last: it fills what is still empty. */
export const joinFlags: readonly Flag[] = [
  {
    name: 'control-plane',
    kind: 'bool',
    description: 'join as a further control plane node',
    commands: join,
    joinPhases: controlPlane,
  },
  {
    name: 'discovery-file',
    kind: 'string',
    placeholder: 'path|url',
    description: 'kubeconfig that names the cluster: a file of the joining machine, or an https URL',
    commands: join,
    joinPhases: discovering,
    sets: ['JoinConfiguration.discovery.file.kubeConfigPath'],
  },
  {
    name: 'discovery-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token that proves who the cluster is',
    commands: join,
    joinPhases: discovering,
    sets: ['JoinConfiguration.discovery.bootstrapToken.token'],
  },
  {
    name: 'discovery-token-ca-cert-hash',
    kind: 'strings',
    placeholder: 'sha256:hex',
    description: 'public key of the CA of the cluster, as sha256:<hex>; may be given several times',
    commands: join,
    joinPhases: discovering,
    sets: ['JoinConfiguration.discovery.bootstrapToken.caCertHashes'],
  },
  {
    name: 'discovery-token-unsafe-skip-ca-verification',
    kind: 'bool',
    description: 'trust whoever knows the token, without a hash of the CA',
    commands: join,
    joinPhases: discovering,
    sets: ['JoinConfiguration.discovery.bootstrapToken.unsafeSkipCAVerification'],
  },
  {
    name: 'tls-bootstrap-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token with which the kubelet asks for its certificate',
    commands: join,
    joinPhases: discovering,
    sets: ['JoinConfiguration.discovery.tlsBootstrapToken'],
  },
  {
    name: 'token',
    kind: 'string',
    placeholder: 'token',
    description: 'bootstrap token: the one to make (init), or the one to join with',
    commands: ['init', 'join'],
    joinPhases: discovering,
    mode: 'fill',
    sets: tokenFields,
  },
  {
    name: 'token-file',
    kind: 'string',
    placeholder: 'path',
    description: 'file that holds the bootstrap token, so that it does not show in the process list',
    reads: true,
    commands: ['init', 'join'],
    joinPhases: discovering,
    mode: 'fill',
    sets: tokenFields,
  },
]
