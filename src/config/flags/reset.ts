import type { Flag } from './flag.ts'
import { ignoringText, sharedFlags } from './shared.ts'

const commands = ['reset'] as const

/** Flags of reset. */
export const resetFlags: readonly Flag[] = [
  {
    name: 'backup',
    kind: 'string',
    placeholder: 'dir',
    offers: 'host-directory',
    description:
      'back up what the reset deletes to this directory on the host: keys, kubeconfigs, manifests, etcd data',
    onMachine: true,
    commands,
  },
  {
    ...sharedFlags.certDir,
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
    ...sharedFlags.config,
    commands,
  },
  {
    ...sharedFlags.criSocket,
    commands,
    sets: ['ResetConfiguration.criSocket'],
  },
  {
    ...sharedFlags.dryRun,
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
    ...sharedFlags.ignorePreflightErrors,
    description: ignoringText('IsPrivilegedUser'),
    commands,
    sets: ['ResetConfiguration.ignorePreflightErrors'],
  },
  {
    ...sharedFlags.kubeconfig,
    commands,
  },
  {
    ...sharedFlags.skipPhases,
    wholeOnly: commands,
    commands,
    sets: ['ResetConfiguration.skipPhases'],
  },
]
