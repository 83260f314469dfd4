import type { Flag } from './flag.ts'

const commands = ['reset'] as const

/** Flags of reset. */
export const resetFlags: readonly Flag[] = [
  {
    name: 'backup',
    kind: 'string',
    placeholder: 'dir',
    description:
      'back up what the reset deletes to this directory on the host: keys, kubeconfigs, manifests, etcd data',
    onMachine: true,
    commands,
  },
  {
    name: 'cert-dir',
    kind: 'string',
    placeholder: 'dir',
    description: 'directory of the certificates',
    shown: '/etc/kubernetes/pki',
    commands,
    sets: ['ResetConfiguration.certificatesDir'],
  },
  {
    name: 'cleanup-network',
    kind: 'bool',
    description: 'also remove the CNI configuration and the kube-proxy rules; lists them first',
    commands,
  },
  {
    name: 'cleanup-tmp-dir',
    kind: 'bool',
    description: 'empty /etc/kubernetes/tmp',
    commands,
    sets: ['ResetConfiguration.cleanupTmpDir'],
  },
  {
    name: 'config',
    everyPhase: true,
    kind: 'string',
    placeholder: 'path',
    description: 'configuration file',
    commands,
  },
  {
    name: 'cri-socket',
    kind: 'socket',
    placeholder: 'url',
    description: 'socket of the container runtime; detected if there is only one',
    commands,
    sets: ['ResetConfiguration.criSocket'],
  },
  {
    name: 'dry-run',
    everyPhase: true,
    kind: 'bool',
    description: 'print the changes without making them',
    commands,
    sets: ['ResetConfiguration.dryRun'],
  },
  {
    name: 'force',
    short: 'f',
    kind: 'bool',
    description: 'do not ask for confirmation',
    commands,
    sets: ['ResetConfiguration.force'],
  },
  {
    name: 'ignore-preflight-errors',
    kind: 'strings',
    placeholder: 'checks',
    description: "checks whose errors are reported as warnings: 'IsPrivilegedUser', or 'all'",
    commands,
    mode: 'add',
    sets: ['ResetConfiguration.ignorePreflightErrors'],
  },
  {
    name: 'kubeconfig',
    kind: 'string',
    placeholder: 'path',
    description: 'kubeconfig file on the host',
    shown: '/etc/kubernetes/admin.conf',
    onMachine: true,
    commands,
    run: 'kubeconfig',
  },
  {
    name: 'skip-phases',
    wholeOnly: commands,
    kind: 'strings',
    placeholder: 'phases',
    description: 'phases to skip',
    commands,
    sets: ['ResetConfiguration.skipPhases'],
  },
]
