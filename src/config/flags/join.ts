import type { Flag } from './flag.ts'

const join = ['join'] as const
const tokenFields = [
  'InitConfiguration.bootstrapTokens.0.token',
  'JoinConfiguration.discovery.bootstrapToken.token',
  'JoinConfiguration.discovery.tlsBootstrapToken',
]

/** Flags for the discovery and verification of the cluster. The general token is last: it fills empty fields. */
export const joinFlags: readonly Flag[] = [
  {
    name: 'control-plane',
    kind: 'bool',
    description: 'join as a control plane node',
    commands: join,
  },
  {
    name: 'discovery-file',
    kind: 'string',
    placeholder: 'path|url',
    offers: 'host-file',
    description: 'kubeconfig for discovery: a file on the joining host or an https URL',
    commands: join,
    sets: ['JoinConfiguration.discovery.file.kubeConfigPath'],
  },
  {
    name: 'discovery-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token that validates the cluster information',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.token'],
  },
  {
    name: 'discovery-token-ca-cert-hash',
    kind: 'strings',
    placeholder: 'sha256:hex',
    description: 'hash of the cluster CA public key, as sha256:<hex>; repeatable',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.caCertHashes'],
  },
  {
    name: 'discovery-token-unsafe-skip-ca-verification',
    kind: 'bool',
    description: 'join without verifying the CA public key hash',
    commands: join,
    sets: ['JoinConfiguration.discovery.bootstrapToken.unsafeSkipCAVerification'],
  },
  {
    name: 'tls-bootstrap-token',
    kind: 'string',
    placeholder: 'token',
    description: 'token for the TLS bootstrap of the kubelet',
    commands: join,
    sets: ['JoinConfiguration.discovery.tlsBootstrapToken'],
  },
  {
    name: 'token',
    wholeOnly: ['init'],
    kind: 'string',
    placeholder: 'token',
    description: 'bootstrap token to create (init) or to join with (join)',
    commands: ['init', 'join'],
    mode: 'fill',
    sets: tokenFields,
  },
  {
    name: 'token-file',
    wholeOnly: ['init'],
    kind: 'string',
    placeholder: 'path',
    offers: 'file',
    description: 'file with the bootstrap token, which keeps it out of the process list',
    reads: true,
    commands: ['init', 'join'],
    mode: 'fill',
    sets: tokenFields,
  },
]
