/** The kind of a failure. It decides the exit code. */
export type ErrorKind =
  | 'usage'
  | 'preflight'
  | 'host'
  | 'step'
  | 'expiring'
  | 'available'
  | 'rolled-back'
  | 'bug'
  | 'interrupted'

/** Exit codes of the process, by kind. Documented in docs/errors.md. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  step: 1,
  usage: 2,
  preflight: 3,
  host: 4,
  expiring: 5,
  available: 6,
  'rolled-back': 7,
  bug: 70,
  interrupted: 130,
}

/** Every code that kadm can print: its kind and meaning, in the order of docs/errors.md. */
export const errorCodes = {
  USAGE: { kind: 'usage', meaning: 'A flag or argument is missing, unknown or cannot be combined with another.' },
  CONFIG_INVALID: {
    kind: 'usage',
    meaning: 'The configuration is invalid; all errors are listed with field and line.',
  },
  CONFIG_UNREADABLE: { kind: 'usage', meaning: 'A file named on the command line cannot be read.' },
  NOT_BUILT: { kind: 'usage', meaning: 'kubeadm supports this feature; this version of kadm does not.' },
  PREFLIGHT_FAILED: { kind: 'preflight', meaning: 'Preflight checks of the host failed; nothing was changed.' },
  HOST_UNREACHABLE: { kind: 'host', meaning: 'The host is not reachable over SSH, or the connection was lost.' },
  HOST_KEY_UNKNOWN: { kind: 'host', meaning: 'The host key is not in any known_hosts file.' },
  HOST_KEY_CHANGED: {
    kind: 'host',
    meaning: 'The host key differs from the one in known_hosts.',
  },
  HOST_AUTH: { kind: 'host', meaning: 'The host rejected all offered SSH keys and passwords.' },
  HOST_SUDO: {
    kind: 'host',
    meaning: 'The login user cannot become root: sudo denied it, or needs a password and none was given.',
  },
  HOST_CHANNEL: {
    kind: 'host',
    meaning: 'The SSH server does not allow what kadm needs: port and socket forwarding, or enough sessions.',
  },
  HOST_SHELL: {
    kind: 'host',
    meaning: 'The SSH login cannot run commands: the login shell, a forced command or the account prevents it.',
  },
  HOST_CLAIMED: { kind: 'host', meaning: 'Another run of kadm holds the lock on the host.' },
  HOST_CLAIM_LOST: {
    kind: 'host',
    meaning: 'kadm lost the lock on the host, or could not acquire it.',
  },
  HOST_CONNECT: { kind: 'host', meaning: 'A port or socket on the host refuses the connection.' },
  HOST_FILE: { kind: 'step', meaning: 'A file on the host cannot be read or written.' },
  COMMAND_FAILED: { kind: 'step', meaning: 'A command on the host failed.' },
  COMMAND_TIMEOUT: { kind: 'step', meaning: 'A command on the host timed out.' },
  CERT_INVALID: { kind: 'step', meaning: 'A certificate or key on the host is not usable.' },
  CA_EXPIRED: {
    kind: 'step',
    meaning: 'A CA on the host has expired, so that every certificate that it signed is invalid.',
  },
  KUBECONFIG_INVALID: { kind: 'step', meaning: 'A kubeconfig file is not usable.' },
  API_UNREACHABLE: { kind: 'step', meaning: 'The kube-apiserver does not answer.' },
  API_REFUSED: { kind: 'step', meaning: 'The kube-apiserver refused a request.' },
  API_CONFLICT: { kind: 'step', meaning: 'The object already exists, or another client modified it.' },
  CRI_FAILED: { kind: 'step', meaning: 'The container runtime does not answer or refused a request.' },
  ETCD_UNREACHABLE: { kind: 'step', meaning: 'No member of etcd answers, or it has no quorum.' },
  ETCD_REFUSED: { kind: 'step', meaning: 'etcd rejected a request, or the change would lose its quorum.' },
  DISCOVERY_FAILED: { kind: 'step', meaning: 'The cluster to join cannot be found or trusted.' },
  DRAIN_BLOCKED: { kind: 'step', meaning: 'Pods cannot be evicted from the node; the message names them.' },
  NODE_EXISTS: { kind: 'step', meaning: 'A Ready Node with this name already exists in the cluster.' },
  BINARIES_INVALID: {
    kind: 'step',
    meaning: 'The kubelet or kubectl to install is absent, does not match its checksum, or has another version.',
  },
  COMPONENT_FAILED: {
    kind: 'step',
    meaning: 'The kubelet or a static pod does not start; the message names the cause.',
  },
  STILL_RUNNING: {
    kind: 'step',
    meaning: 'The reset is incomplete: Kubernetes processes could not be stopped; the message names them.',
  },
  MIGRATION_FAILED: {
    kind: 'step',
    meaning: 'Objects of a resource were not rewritten in their current storage version; the message names the cause.',
  },
  UPGRADE_ROLLED_BACK: {
    kind: 'rolled-back',
    meaning: 'An upgrade failed, and the node has its earlier version again.',
  },
  TIMEOUT: { kind: 'step', meaning: 'A wait timed out.' },
  INTERRUPTED: {
    kind: 'interrupted',
    meaning: 'The run was interrupted by Ctrl-C or SIGTERM, while connecting or between two steps.',
  },
  INTERNAL: { kind: 'bug', meaning: 'A bug in kadm. Please report it.' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>

export type ErrorCode = keyof typeof errorCodes
