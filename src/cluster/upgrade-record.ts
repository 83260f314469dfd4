/** Where a node keeps what an upgrade backed up, one directory for each run. Only root can read it. */
export const upgradesDir = '/var/lib/kadm/upgrades'

/** The backup of a node before an upgrade. */
export interface UpgradeRecord {
  /** The run that made it, which is the name of its directory. */
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

/** Returns the copy of a file in the backup of a run. */
export function backupPath(run: string, path: string): string {
  return `${upgradesDir}/${run}${path}`
}

export function recordPath(run: string, file: keyof typeof recordFiles): string {
  return `${upgradesDir}/${run}/${recordFiles[file]}`
}
