import { homedir } from 'node:os'
import type { Command, Option } from 'commander'
import { type FlagCommand, flagCommands, type Offer } from '../../config/flags/flag.ts'
import { offerOf } from '../offers.ts'

/** Where the cursor is: the command, its operands, and the options before it. */
export interface TypedLine {
  command: Command
  readonly operands: string[]
  readonly given: Option[]
}

export interface Candidate {
  readonly value: string
  readonly about?: string
}

export interface Values {
  /** `part`: the word may go on, so no space follows. */
  readonly kind: 'word' | 'part' | 'file' | 'directory'
  /** The start of the word, which is not part of the candidates. */
  readonly kept: string
  readonly candidates: readonly Candidate[]
}

/** What the argument of an option can be; of a list, its last value. */
export async function valuesOf(option: Option | 'unknown', word: string, line: TypedLine): Promise<Values> {
  if (option === 'unknown') return { kind: 'word', kept: '', candidates: [] }
  if (option.isBoolean()) return { kind: 'word', kept: '', candidates: [{ value: 'true' }, { value: 'false' }] }
  const { offer, list } = offerOf(option)
  const kept = list ? word.slice(0, word.lastIndexOf(',') + 1) : ''
  if (offer === 'host') return hosts(kept, word.slice(kept.length))
  if (offer === 'file' || offer === 'directory') return { kind: offer, kept, candidates: [] }
  if (offer === 'host-file' || offer === 'host-directory') return pathOnHost(offer, kept, line)
  const all = offer === undefined ? [] : await wordsOf(offer, line)
  const before = kept.split(',')
  return { kind: list ? 'part' : 'word', kept, candidates: all.filter(({ value }) => !before.includes(value)) }
}

/** `user@` stays; a name for which the configuration of ssh has no user is taken as it is. */
async function hosts(kept: string, word: string): Promise<Values> {
  const { knownHostNames } = await import('../../host/ssh/host-names.ts')
  const names = await knownHostNames(homedir())
  const user = word.slice(0, word.lastIndexOf('@') + 1)
  return { kind: 'word', kept: `${kept}${user}`, candidates: names.map(value => ({ value })) }
}

/** Paths of another host cannot be looked up. */
function pathOnHost(offer: 'host-file' | 'host-directory', kept: string, { given }: TypedLine): Values {
  const elsewhere = given.some(option => offerOf(option).offer === 'host')
  const here = offer === 'host-file' ? 'file' : 'directory'
  return { kind: elsewhere ? 'word' : here, kept, candidates: [] }
}

async function wordsOf(offer: Offer, { command }: TypedLine): Promise<readonly Candidate[]> {
  if (offer === 'phase') return phaseNames(command)
  if (offer === 'check') return (await import('./checks.ts')).checkWords().map(value => ({ value }))
  if (offer === 'version') return (await import('./versions.ts')).versionWords().map(value => ({ value }))
  return typeof offer === 'string' ? [] : offer.map(value => ({ value }))
}

/** Phases and their families, as `--skip-phases` takes them. */
async function phaseNames(command: Command): Promise<readonly Candidate[]> {
  const phases = await phasesAt(command)
  return [...new Set(phases.flatMap(({ id }) => [...familiesOf(id), id]))].map(name => described(phases, name))
}

/** The next word of a single phase: its family, then its part; `certs`, then `apiserver` or `all`. */
export async function phaseWords({ command, operands }: TypedLine): Promise<readonly Candidate[]> {
  const phases = await phasesAt(command)
  const family = operands.flatMap(word => (word.includes(':') ? [] : [`${word}/`])).join('')
  const below = phases.filter(({ id }) => id.startsWith(family)).map(({ id }) => id.slice(family.length))
  const parts = [...new Set(below.map(id => id.split('/', 1)[0] ?? ''))]
  const all = family === '' || parts.length === 0 ? [] : [{ value: 'all', about: allOf(family) }]
  return [...all, ...parts.map(value => ({ ...described(phases, `${family}${value}`), value }))]
}

type Titles = readonly { readonly id: string; readonly title: string }[]

function described(phases: Titles, value: string): Candidate {
  return { value, about: phases.find(({ id }) => id === value)?.title ?? allOf(value) }
}

function allOf(family: string): string {
  return `all phases of ${family.replace(/\/$/, '')}`
}

/** `a/b/c`: `a` and `a/b`. */
function familiesOf(id: string): readonly string[] {
  return [...id.matchAll(/\//g)].map(({ index }) => id.slice(0, index))
}

/** The command whose phases a command runs: `kadm init`, also for `kadm init phase`. */
export function ownerOf(command: Command): FlagCommand | undefined {
  const [own, parent, above] = [command, command.parent, command.parent?.parent].map(one => one?.name() ?? '')
  const names = [own, parent, `${parent} ${own}`, `${above} ${parent}`]
  return flagCommands.find(name => names.includes(name))
}

async function phasesAt(command: Command) {
  const owner = ownerOf(command)
  const { phasesOf } = await import('../../phases/pipelines.ts')
  return owner === undefined ? [] : phasesOf(owner)
}
