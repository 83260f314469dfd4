/** What an earlier run of the same cluster left on this node. A run can continue from it. */
export interface EarlierRun {
  /** Files, and directories with their content. */
  readonly paths: ReadonlySet<string>
  /** Ports of components that the earlier run started. */
  readonly ports: ReadonlySet<number>
  /** Why other findings do not count, as text. */
  readonly doubts: readonly string[]
}

export const nothingEarlier: EarlierRun = { paths: new Set(), ports: new Set(), doubts: [] }
