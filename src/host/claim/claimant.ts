/** Who changes a host. No arguments: they may hold a token. */
export interface Claimant {
  /** Names the run in its logs. */
  readonly run: string
  /** `kadm init` */
  readonly command: string
  /** The operator, and the host that kadm runs on. */
  readonly user: string
  readonly machine: string
  readonly pid: number
  readonly since: Date
}

/** Where a host keeps the lock and what its runs leave. */
export interface ClaimPlace {
  readonly lock: string
  /** Directory of the logs, one file for each run. */
  readonly runs: string
  /** Directory of the files that runs have changed, as they were before; one directory for each run. */
  readonly before: string
}

export const claimPlace: ClaimPlace = {
  lock: '/run/kadm/claim',
  runs: '/var/lib/kadm/runs',
  before: '/var/lib/kadm/before',
}
