/** Who changes a host. Contains no arguments, which may include a token. */
export interface Claimant {
  /** The name of the run in its logs. */
  readonly run: string
  /** `kadm init` */
  readonly command: string
  /** The operator, and the host that kadm runs on. */
  readonly user: string
  readonly machine: string
  readonly pid: number
  readonly since: Date
}

/** Where a host stores the lock and the logs of runs. */
export interface ClaimPlace {
  readonly lock: string
  /** Directory of the logs, one file per run. */
  readonly runs: string
  /** Directory of the previous content of changed files, one directory per run. */
  readonly before: string
}

export const claimPlace: ClaimPlace = {
  lock: '/run/kadm/claim',
  runs: '/var/lib/kadm/runs',
  before: '/var/lib/kadm/before',
}
