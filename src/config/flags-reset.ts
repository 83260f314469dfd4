import type { Flag } from './flags.ts'

const commands = ['reset'] as const
const phases = ['*']

/** Flags of reset. */
export const resetFlags: readonly Flag[] = [
  {
    name: 'backup',
    kind: 'string',
    placeholder: 'dir',
    description:
      'keep a copy of what is destroyed in this folder of the machine: keys, kubeconfigs, manifests, etcd data',
    commands,
    phases,
  },
  {
    name: 'cert-dir',
    kind: 'string',
    placeholder: 'dir',
    description: 'where the certificates are kept',
    shown: '/etc/kubernetes/pki',
    commands,
    phases,
    sets: ['ResetConfiguration.certificatesDir'],
  },
  {
    name: 'cleanup-network',
    kind: 'bool',
    description: 'remove CNI configuration and the rules of kube-proxy as well; lists them first',
    commands,
    phases,
  },
  {
    name: 'cleanup-tmp-dir',
    kind: 'bool',
    description: 'empty /etc/kubernetes/tmp',
    commands,
    phases,
    sets: ['ResetConfiguration.cleanupTmpDir'],
  },
  {
    name: 'config',
    kind: 'string',
    placeholder: 'path',
    description: 'configuration file',
    commands,
    phases,
  },
  {
    name: 'cri-socket',
    kind: 'string',
    placeholder: 'url',
    description: 'socket of the container runtime; found by itself when there is one',
    commands,
    phases,
    sets: ['ResetConfiguration.criSocket'],
  },
  {
    name: 'dry-run',
    kind: 'bool',
    description: 'change nothing; show what would be done',
    commands,
    phases,
    sets: ['ResetConfiguration.dryRun'],
  },
  {
    name: 'force',
    short: 'f',
    kind: 'bool',
    description: 'do not ask',
    commands,
    phases,
    sets: ['ResetConfiguration.force'],
  },
  {
    name: 'ignore-preflight-errors',
    kind: 'strings',
    placeholder: 'checks',
    description: "checks whose errors become warnings: 'IsPrivilegedUser', or 'all'",
    commands,
    phases,
    mode: 'add',
    sets: ['ResetConfiguration.ignorePreflightErrors'],
  },
  {
    name: 'kubeconfig',
    kind: 'string',
    placeholder: 'path',
    description: 'credentials for the API of the cluster, on the machine',
    shown: '/etc/kubernetes/admin.conf',
    commands,
    phases,
    run: 'kubeconfig',
  },
  {
    name: 'skip-phases',
    kind: 'strings',
    placeholder: 'phases',
    description: 'phases to leave out',
    commands,
    sets: ['ResetConfiguration.skipPhases'],
  },
]
