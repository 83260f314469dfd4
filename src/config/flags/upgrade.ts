import type { Flag } from './flag.ts'
import { ignoringText, sharedFlags } from './shared.ts'

const both = ['upgrade apply', 'upgrade node'] as const
const apply = ['upgrade apply'] as const

/** The fields of both sections of an UpgradeConfiguration. */
const fields = (name: string): readonly string[] => [
  `UpgradeConfiguration.apply.${name}`,
  `UpgradeConfiguration.node.${name}`,
]

/** Flags of upgrade apply and upgrade node. */
export const upgradeFlags: readonly Flag[] = [
  {
    name: 'allow-experimental-upgrades',
    kind: 'bool',
    description: 'allow alpha, beta and release candidate versions of Kubernetes',
    wholeOnly: apply,
    commands: apply,
    sets: ['UpgradeConfiguration.apply.allowExperimentalUpgrades'],
  },
  {
    name: 'allow-release-candidate-upgrades',
    kind: 'bool',
    description: 'allow release candidate versions of Kubernetes',
    wholeOnly: apply,
    commands: apply,
    sets: ['UpgradeConfiguration.apply.allowRCUpgrades'],
  },
  {
    name: 'certificate-renewal',
    kind: 'bool',
    description: 'renew the certificates of the components that are replaced',
    shown: 'true',
    commands: both,
    sets: fields('certificateRenewal'),
  },
  {
    ...sharedFlags.config,
    commands: both,
  },
  {
    ...sharedFlags.dryRun,
    commands: both,
    sets: fields('dryRun'),
  },
  {
    name: 'etcd-upgrade',
    kind: 'bool',
    description: 'upgrade etcd',
    shown: 'true',
    commands: both,
    sets: fields('etcdUpgrade'),
  },
  {
    name: 'force',
    short: 'f',
    kind: 'bool',
    description: 'upgrade although a rule about versions advises against it, and do not ask',
    commands: apply,
    sets: ['UpgradeConfiguration.apply.forceUpgrade'],
  },
  {
    ...sharedFlags.ignorePreflightErrors,
    description: ignoringText('ControlPlaneNodesReady'),
    commands: both,
    sets: fields('ignorePreflightErrors'),
  },
  {
    ...sharedFlags.kubeconfig,
    commands: both,
  },
  {
    name: 'patches',
    kind: 'string',
    placeholder: 'dir',
    offers: 'directory',
    description: 'directory of patches for manifests and configurations, on the host that kadm runs on',
    commands: both,
    sets: fields('patches.directory'),
  },
  {
    name: 'rollback-on-failure',
    kind: 'bool',
    description: 'restore the version before if the upgrade of a control plane fails',
    wholeOnly: both,
    commands: both,
  },
  {
    ...sharedFlags.skipPhases,
    wholeOnly: both,
    commands: both,
    sets: fields('skipPhases'),
  },
  {
    name: 'yes',
    short: 'y',
    kind: 'bool',
    description: 'do not ask for confirmation',
    commands: apply,
  },
]
