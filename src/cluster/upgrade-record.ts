/** Where a node keeps what upgrades backed up, one directory for each upgrade. Only root can read it. */
export const upgradesDir = '/var/lib/kadm/upgrades'

/** The backup of a node before an upgrade. */
export interface UpgradeRecord {
  /** The name of its directory: the run that made it, and the target version. */
  readonly run: string
  readonly node: string
  /** The versions before and after: `v1.36.3`, `v1.37.2`. */
  readonly from: string
  readonly to: string
  /** Copied files, below the directory under the same paths. */
  readonly files: readonly string[]
  /** The size of the snapshot of etcd in bytes; absent for an external etcd and on workers. */
  readonly snapshot?: number
}

/** The files in the directory of a backup. */
export const recordFiles = {
  record: 'record.json',
  objects: 'objects.json',
  snapshot: 'etcd.db',
  /** Exists when the upgrade of the node is complete. */
  done: 'done',
  /** Exists when the upgrade was rolled back. */
  rolledBack: 'rolled-back',
} as const

/** Returns the name of a backup. A run that goes by several minor versions makes one for each of them. */
export function backupName(run: string, to: string): string {
  return `${run}-${to}`
}

/** Returns the copy of a file in a backup. */
export function backupPath(run: string, path: string): string {
  return `${upgradesDir}/${run}${path}`
}

export function recordPath(run: string, file: keyof typeof recordFiles): string {
  return `${upgradesDir}/${run}/${recordFiles[file]}`
}
