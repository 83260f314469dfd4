import { clusterFlags } from './cluster.ts'
import type { Flag, FlagCommand } from './flag.ts'
import { joinFlags } from './join.ts'
import { nodeFlags } from './node.ts'
import { resetFlags } from './reset.ts'
import { runFlags } from './run.ts'

/**
 * Every flag of init, join and reset, in the order of the help. The command line and the overlay on the file both read
 * this table. The flags of reset are its own, also where others have the same name.
 */
export const flags: readonly Flag[] = [...clusterFlags, ...nodeFlags, ...runFlags, ...joinFlags, ...resetFlags].sort(
  (a, b) => (a.name < b.name ? -1 : 1),
)

/** The flags of a command. */
export function flagsOf(command: FlagCommand): readonly Flag[] {
  return flags.filter(flag => flag.commands.includes(command) && flag.phaseOnly === undefined)
}

/** The flags that the single phases of a command take, all together. */
export function phaseFlags(command: FlagCommand): readonly Flag[] {
  return flags.filter(flag => flag.commands.includes(command) && flag.wholeOnly?.includes(command) !== true)
}
