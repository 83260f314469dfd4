import { clusterFlags } from './cluster.ts'
import type { Flag, FlagCommand } from './flag.ts'
import { joinFlags } from './join.ts'
import { nodeFlags } from './node.ts'
import { resetFlags } from './reset.ts'
import { runFlags } from './run.ts'
import { upgradeFlags } from './upgrade.ts'

/**
 * All flags of init, join, reset and upgrade, in the order of the help, for the command line and the overlay on the file. The
 * flags of reset are separate, even with the same names.
 */
export const flags: readonly Flag[] = [
  ...clusterFlags,
  ...nodeFlags,
  ...runFlags,
  ...joinFlags,
  ...resetFlags,
  ...upgradeFlags,
].sort((a, b) => (a.name < b.name ? -1 : 1))

/** Returns the flags of a command. */
export function flagsOf(command: FlagCommand): readonly Flag[] {
  return flags.filter(flag => flag.commands.includes(command) && flag.phaseOnly === undefined)
}

/** Returns all flags of a command's single phases. */
export function phaseFlags(command: FlagCommand): readonly Flag[] {
  return flags.filter(flag => flag.commands.includes(command) && flag.wholeOnly?.includes(command) !== true)
}
