/** What kind of failure a code is; the kind decides the exit code. */
export type ErrorKind = 'usage' | 'preflight' | 'host' | 'step' | 'bug' | 'interrupted'

/** Exit codes of the process, by kind. Documented in docs/errors.md. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  step: 1,
  usage: 2,
  preflight: 3,
  host: 4,
  bug: 70,
  interrupted: 130,
}

/** Every code kadm can print: its kind and what it means, in the order of docs/errors.md. */
export const errorCodes = {
  USAGE: { kind: 'usage', meaning: 'A flag or argument is missing, unknown or cannot be combined with another.' },
  CONFIG_INVALID: { kind: 'usage', meaning: 'The configuration has faults; all are listed with their field and line.' },
  CONFIG_UNREADABLE: { kind: 'usage', meaning: 'A file named on the command line cannot be read.' },
  NOT_BUILT: { kind: 'usage', meaning: 'kubeadm has this feature and this version of kadm does not.' },
  PREFLIGHT_FAILED: { kind: 'preflight', meaning: 'Checks of the machine failed; nothing was changed.' },
  HOST_UNREACHABLE: { kind: 'host', meaning: 'A machine cannot be reached over SSH, or the connection was lost.' },
  HOST_KEY_UNKNOWN: { kind: 'host', meaning: 'The machine shows a host key that no known_hosts file lists.' },
  HOST_KEY_CHANGED: {
    kind: 'host',
    meaning: 'The machine shows another host key than the one that known_hosts lists.',
  },
  HOST_AUTH: { kind: 'host', meaning: 'The machine accepts none of the SSH keys and passwords that were offered.' },
  HOST_SUDO: {
    kind: 'host',
    meaning: 'The login user may not become root: sudo refuses, or wants a password that was not told.',
  },
  HOST_CHANNEL: {
    kind: 'host',
    meaning: 'The SSH server of a machine does not open what kadm needs: ports and sockets there, or sessions.',
  },
  HOST_SHELL: {
    kind: 'host',
    meaning: 'The login on a machine did not run a command: its shell, a forced command or the account keeps it.',
  },
  HOST_CLAIMED: { kind: 'host', meaning: 'Another run of kadm is changing the machine.' },
  HOST_CLAIM_LOST: {
    kind: 'host',
    meaning: 'The lock that keeps other runs of kadm off a machine was lost, or cannot be had.',
  },
  HOST_CONNECT: { kind: 'host', meaning: 'A port or socket on the machine refuses the connection.' },
  HOST_FILE: { kind: 'step', meaning: 'A file on the machine cannot be read or written.' },
  COMMAND_FAILED: { kind: 'step', meaning: 'A command on the machine exited with a failure.' },
  COMMAND_TIMEOUT: { kind: 'step', meaning: 'A command on the machine did not end in time.' },
  CERT_INVALID: { kind: 'step', meaning: 'A certificate or key that was found on the machine cannot be used.' },
  KUBECONFIG_INVALID: { kind: 'step', meaning: 'A kubeconfig file cannot be used.' },
  API_UNREACHABLE: { kind: 'step', meaning: 'The kube-apiserver does not answer.' },
  API_REFUSED: { kind: 'step', meaning: 'The kube-apiserver refused a request.' },
  API_CONFLICT: { kind: 'step', meaning: 'The object exists already, or was changed by somebody else meanwhile.' },
  CRI_FAILED: { kind: 'step', meaning: 'The container runtime does not answer or refused a request.' },
  ETCD_UNREACHABLE: { kind: 'step', meaning: 'No member of etcd answers, or it has no quorum.' },
  ETCD_REFUSED: { kind: 'step', meaning: 'etcd refused a request, or a change that would cost it its quorum.' },
  DISCOVERY_FAILED: { kind: 'step', meaning: 'The cluster to join cannot be found or trusted.' },
  DRAIN_BLOCKED: { kind: 'step', meaning: 'Pods cannot leave a node that is to be removed; they are named.' },
  NODE_EXISTS: { kind: 'step', meaning: 'A ready Node of this name is in the cluster already.' },
  COMPONENT_FAILED: { kind: 'step', meaning: 'The kubelet or a static pod does not come up; the cause is named.' },
  STILL_RUNNING: {
    kind: 'step',
    meaning: 'Processes of Kubernetes could not be ended, so that a reset is not complete; they are named.',
  },
  TIMEOUT: { kind: 'step', meaning: 'Something awaited did not happen in time.' },
  INTERRUPTED: {
    kind: 'interrupted',
    meaning: 'The run was stopped by Ctrl-C or SIGTERM, while connecting or between two steps.',
  },
  INTERNAL: { kind: 'bug', meaning: 'A fault of kadm itself. Please report it.' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>

export type ErrorCode = keyof typeof errorCodes
