import { imagePullCheck } from './image-pull.ts'
import { privilegedUser } from './machine.ts'
import { type CheckRow, kadmRows, kubeadmRows } from './table.ts'

/** Checks of upgrades, also those of kubeadm, so that one list of ignored names can be used for all commands. */
const ofUpgrades = [
  'CoreDNSUnsupportedPlugins',
  'CoreDNSMigration',
  'CreateJob',
  'ControlPlaneNodesReady',
  'StaticPodManifest',
  'AdmissionWebhooks',
  'VersionSkew',
]

const namesOf = (rows: readonly CheckRow[]) => rows.filter(row => row.standing === undefined).map(({ name }) => name)

/** Names of the checks of all commands that can be ignored, with `-N` for a port and `-P` for a path. */
export const checkNames: readonly string[] = [
  ...new Set([privilegedUser.name, ...namesOf(kubeadmRows), imagePullCheck, ...ofUpgrades, ...namesOf(kadmRows)]),
]
