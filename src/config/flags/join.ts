import type { Flag } from './flag.ts'

const join = ['join'] as const
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
  },
  {
    name: 'discovery-file',
    kind: 'string',
    placeholder: 'path|url',
    description: 'kubeconfig that names the cluster: a file of the joining machine, or an https URL',
    commands: join,
    sets: ['JoinConfiguration.discovery.file.kubeConfigPath'],
  },
  {
    name: 'discovery-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token that proves who the cluster is',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.token'],
  },
  {
    name: 'discovery-token-ca-cert-hash',
    kind: 'strings',
    placeholder: 'sha256:hex',
    description: 'public key of the CA of the cluster, as sha256:<hex>; may be given several times',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.caCertHashes'],
  },
  {
    name: 'discovery-token-unsafe-skip-ca-verification',
    kind: 'bool',
    description: 'trust whoever knows the token, without a hash of the CA',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.unsafeSkipCAVerification'],
  },
  {
    name: 'tls-bootstrap-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token with which the kubelet asks for its certificate',
    commands: join,
    sets: ['JoinConfiguration.discovery.tlsBootstrapToken'],
  },
  {
    name: 'token',
    wholeOnly: ['init'],
    kind: 'string',
    placeholder: 'token',
    description: 'bootstrap token: the one to make (init), or the one to join with',
    commands: ['init', 'join'],
    mode: 'fill',
    sets: tokenFields,
  },
  {
    name: 'token-file',
    wholeOnly: ['init'],
    kind: 'string',
    placeholder: 'path',
    description: 'file that holds the bootstrap token, so that it does not show in the process list',
    reads: true,
    commands: ['init', 'join'],
    mode: 'fill',
    sets: tokenFields,
  },
]
