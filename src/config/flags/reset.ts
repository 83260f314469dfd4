import type { Flag } from './flag.ts'

const commands = ['reset'] as const

/** Flags of reset. */
export const resetFlags: readonly Flag[] = [
  {
    name: 'backup',
    kind: 'string',
    placeholder: 'dir',
    description:
      'keep a copy of what is destroyed in this folder of the machine: keys, kubeconfigs, manifests, etcd data',
    onMachine: true,
    commands,
  },
  {
    name: 'cert-dir',
    kind: 'string',
    placeholder: 'dir',
    description: 'where the certificates are kept',
    shown: '/etc/kubernetes/pki',
    commands,
    sets: ['ResetConfiguration.certificatesDir'],
  },
  {
    name: 'cleanup-network',
    kind: 'bool',
    description: 'remove CNI configuration and the rules of kube-proxy as well; lists them first',
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
    description: 'socket of the container runtime; found by itself when there is one',
    commands,
    sets: ['ResetConfiguration.criSocket'],
  },
  {
    name: 'dry-run',
    everyPhase: true,
    kind: 'bool',
    description: 'change nothing; show what would be done',
    commands,
    sets: ['ResetConfiguration.dryRun'],
  },
  {
    name: 'force',
    short: 'f',
    kind: 'bool',
    description: 'do not ask',
    commands,
    sets: ['ResetConfiguration.force'],
  },
  {
    name: 'ignore-preflight-errors',
    kind: 'strings',
    placeholder: 'checks',
    description: "checks whose errors become warnings: 'IsPrivilegedUser', or 'all'",
    commands,
    mode: 'add',
    sets: ['ResetConfiguration.ignorePreflightErrors'],
  },
  {
    name: 'kubeconfig',
    kind: 'string',
    placeholder: 'path',
    description: 'credentials for the API of the cluster, on the machine',
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
    description: 'phases to leave out',
    commands,
    sets: ['ResetConfiguration.skipPhases'],
  },
]
