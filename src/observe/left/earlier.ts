/** What an earlier run of this same cluster left on this same node; a run may meet it and go on. */
export interface EarlierRun {
  /** Files, and directories with their content. */
  readonly paths: ReadonlySet<string>
  /** Ports held by what that run started. */
  readonly ports: ReadonlySet<number>
  /** Why other things that were found do not count, for people to read. */
  readonly doubts: readonly string[]
}

export const nothingEarlier: EarlierRun = { paths: new Set(), ports: new Set(), doubts: [] }
