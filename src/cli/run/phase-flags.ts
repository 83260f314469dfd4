import type { Command, Option } from 'commander'
import { Help } from 'commander'
import type { AddonSection } from '../../cluster/spec.ts'
import type { Flag, FlagCommand, FlagValues } from '../../config/flags/flag.ts'
import { phaseFlags } from '../../config/flags/flags.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { PhaseFacts } from '../../phases/phase.ts'
import { phasesOf } from '../../phases/pipelines.ts'
import { phaseJudge } from '../../pipeline/plan.ts'

/** Returns the phases that a command runs: those of one name, or all. */
export function chosenPhases(command: FlagCommand, phase: readonly string[] | undefined): readonly PhaseFacts[] {
  const all = phasesOf(command)
  const name = phase?.join('/')
  return name === undefined ? all : all.filter(({ id }) => phaseJudge(command, [id])(name) === undefined)
}

/** Returns the add-ons that init does not deploy if these phases are skipped. */
export function skippedAddons(skipped: readonly string[]): readonly AddonSection[] {
  return phasesOf('init').flatMap(({ id, addon }) =>
    addon !== undefined && skipped.some(name => phaseJudge('init', [id])(name) === undefined) ? [addon] : [],
  )
}

/** Returns the flags of a phase or a family: those of kubeadm's phase, and kadm's own. */
export function flagsOfPhase(command: FlagCommand, name: string): readonly Flag[] {
  const chosen = chosenPhases(command, [name])
  const alone = chosen.some(({ id }) => id === name)
  const names = new Set(
    chosen.flatMap(({ flags = [], familyFlags = [] }) => (alone ? flags : [...flags, ...familyFlags])),
  )
  return phaseFlags(command).filter(
    flag => flag.everyPhase === true || (names.has(flag.name) && (alone || flag.singly !== true)),
  )
}

/**
 * `init phase` declares the flags of all phases. As in kubeadm, a flag that the selected phase does not use is an
 * error. Throws USAGE.
 */
export function refuseOthersFlags(command: FlagCommand, phase: readonly string[], flags: FlagValues): void {
  const name = phase.join('/')
  const mine = flagsOfPhase(command, name)
  const others = Object.keys(flags).filter(flag => !mine.some(one => one.name === flag))
  if (others.length === 0) return
  const shown = mine.filter(({ hidden }) => hidden === undefined).map(flag => flag.name)
  const are = others.length === 1 ? 'is not a flag' : 'are no flags'
  throw new KadmError('USAGE', `${listed(others)} ${are} of the phase ${name}`, { hint: `it takes ${listed(shown)}` })
}

function listed(names: readonly string[]): string {
  return names
    .toSorted()
    .map(name => `--${name}`)
    .join(', ')
}

/**
 * Makes the help of `init phase certs ca` show the description and flags of that phase. The help of `init phase` shows
 * all flags.
 */
export function showOwnFlags(command: FlagCommand, phase: Command): Command {
  return phase.configureHelp({
    commandDescription(asked) {
      const words = wordsOf(asked)
      const [only, ...others] = words.length === 0 ? [] : chosenPhases(command, words)
      const about = others.length === 0 ? only?.about.replaceAll('`', '') : undefined
      return about ?? Help.prototype.commandDescription.call(this, asked)
    },
    visibleOptions(asked) {
      const all = Help.prototype.visibleOptions.call(this, asked)
      const words = wordsOf(asked)
      return words.length === 0 ? all : all.filter(isTakenBy(command, words.join('/')))
    },
  })
}

function wordsOf({ args }: Command): readonly string[] {
  return args.filter(word => !word.startsWith('-') && !word.includes(':'))
}

function isTakenBy(command: FlagCommand, name: string): (option: Option) => boolean {
  const known = phasesOf(command).some(({ id }) => phaseJudge(command, [id])(name) === undefined)
  const [any, mine] = [phaseFlags(command), flagsOfPhase(command, name)].map(
    flags => new Set(flags.map(flag => `--${flag.name}`)),
  )
  return ({ long = '' }) => !known || any?.has(long) !== true || mine?.has(long) === true
}

/** Returns the names of a command's phases, one per line, in the order in which they run. */
export function phaseList(command: FlagCommand = 'init'): string {
  const phases = phasesOf(command)
  const width = Math.max(...phases.map(phase => phase.id.length))
  const lines = phases.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`)
  const [name] = phases.flatMap(({ id }) => (id.includes('/') ? [id.slice(0, id.indexOf('/'))] : []))
  const family = name === undefined ? '' : `; a family such as ${name} stands for all its parts`
  return `Phases, in order${family}:\n${lines.join('')}`
}
