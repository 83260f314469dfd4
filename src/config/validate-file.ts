import { given } from '../cluster/given.ts'
import { isKadmError, KadmError, type Problem } from '../errors/kadm-error.ts'
import type { ConfigDocument } from './documents/documents.ts'
import { parseDocuments } from './documents/documents.ts'
import { createDrafts } from './documents/drafts.ts'
import { foreignDocuments, ignoredDocument, selectDocuments } from './documents/kinds.ts'
import { type ConfigFile, throwProblems } from './documents/open-drafts.ts'
import type { CheckNames } from './field/check-names.ts'
import { type ParsedInit, parseInit, settleInit } from './init.ts'
import { parseJoin } from './join.ts'
import { checkComponent, completeComponents } from './kinds/component-configs.ts'
import type { DiscoveryFiles } from './kinds/discovery.ts'
import { deployedVersions } from './kinds/kubernetes-version.ts'
import type { JudgePhase } from './kinds/skipped-phases.ts'
import { parseReset } from './reset.ts'
import { parseUpgrade } from './upgrade.ts'

const initKinds = ['InitConfiguration', 'ClusterConfiguration']
const componentKinds = ['KubeletConfiguration', 'KubeProxyConfiguration'] as const

/** Validators of phase names by command. */
export type JudgePhases = Readonly<Partial<Record<'init' | 'join' | 'reset', JudgePhase>>>

export interface ValidateOptions {
  readonly phases?: JudgePhases
  /** The preflight checks that can be ignored. */
  readonly checkNames?: CheckNames
  /** Where the host searches for a discovery file. */
  readonly discoveryFiles?: DiscoveryFiles
}

export interface ValidFile {
  /** The kinds of its documents in order. */
  readonly kinds: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Validates every document of a file as the command that reads it does, including component configurations. Throws
 * CONFIG_INVALID with all errors, NOT_BUILT for valid documents with features that are not implemented.
 */
export function validateFile(file: ConfigFile, startedAt: Date, input: ValidateOptions = {}): ValidFile {
  const { documents, problems } = parseDocuments(file.text, file.path)
  const kinds = documents.map(document => document.kind)
  if (kinds.length === 0 && problems.length === 0) {
    const message = 'the file contains no configuration'
    throwProblems([{ file: file.path, line: 1, message, remedy: 'see `kadm config print init-defaults`' }])
  }
  const readers = readersOf(file, startedAt, input).filter(({ of }) => of.some(kind => kinds.includes(kind)))
  const judged = readers.length === 0 ? [{ command: '', read: () => componentsAlone(file) }] : readers
  const found = judged.map(({ command, read }) => outcome(command, read))
  throwProblems(once([...found.flatMap(one => one.problems), ...foreignDocuments(documents)]))
  const unbuilt = found.find(one => one.error !== undefined)?.error
  if (unbuilt !== undefined) throw unbuilt
  return { kinds, warnings: warningsOf(found, documents) }
}

function readersOf(
  file: ConfigFile,
  startedAt: Date,
  { phases = {}, discoveryFiles = {}, checkNames }: ValidateOptions,
) {
  const judge = (judgePhase: JudgePhase | undefined) => given({ judgePhase, checkNames })
  return [
    {
      command: 'init',
      of: initKinds,
      read: () => initWarnings(parseInit({ file, flags: {}, startedAt, randomToken, ...judge(phases.init) })),
    },
    {
      command: 'join',
      of: ['JoinConfiguration'],
      read: () => parseJoin({ file, flags: {}, discoveryFiles, ...judge(phases.join) }).warnings,
    },
    {
      command: 'reset',
      of: ['ResetConfiguration'],
      read: () => parseReset({ file, flags: {}, ...judge(phases.reset) }).warnings,
    },
    { command: 'upgrade', of: ['UpgradeConfiguration'], read: () => parseUpgrade(file).warnings },
  ]
}

/** Warnings about component configurations, which init prints after reading the host; they do not depend on it. */
function initWarnings(parsed: ParsedInit): readonly string[] {
  const { config, components, advertiseAddress = '', warnings } = parsed
  return [...warnings, ...completeComponents(components, config, advertiseAddress).warnings, ...versionWarnings(parsed)]
}

/** Without a version, init uses that of the kubelet: the file may not fit it. */
function versionWarnings(parsed: ParsedInit): readonly string[] {
  return deployedVersions.flatMap(version => {
    const { problems } = outcome('init', () => settleInit(parsed, { host: '', version }).warnings)
    return problems.map(({ field, message }) => `with a kubelet ${version}, init refuses ${field}: ${message}`)
  })
}

/**
 * Returns the warnings of all commands. For a file of several commands, a warning about an ignored document names the
 * command.
 */
function warningsOf(found: readonly Outcome[], documents: readonly ConfigDocument[]): readonly string[] {
  const ignored = new Set(documents.map(ignoredDocument))
  const warnings = found.flatMap(({ command, warnings: own }) =>
    own.map(text => (ignored.has(text) && found.length > 1 ? `${command}: ${text}` : text)),
  )
  return [...new Set(warnings)]
}

function componentsAlone(file: ConfigFile): readonly string[] {
  const { documents, problems, duplicates } = parseDocuments(file.text, file.path)
  const selected = selectDocuments(documents, componentKinds)
  const drafts = createDrafts(selected.documents)
  const faults = componentKinds
    .filter(kind => selected.documents.has(kind))
    .flatMap(kind => checkComponent(kind, drafts.typed(kind), deployedVersions[0]))
  throwProblems([...problems, ...duplicates, ...selected.problems, ...faults.map(drafts.problemOf)])
  return []
}

interface Outcome {
  readonly command: string
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  readonly error?: KadmError
}

function outcome(command: string, read: () => readonly string[]): Outcome {
  try {
    return { command, problems: [], warnings: read() }
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return { command, problems: error.problems ?? [], warnings: [] }
    if (error instanceof KadmError) return { command, problems: [], warnings: [], error }
    throw error
  }
}

/** Removes duplicates of problems that two commands report. */
function once(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}

/** A validation does not keep a token. */
function randomToken(): string {
  return 'abcdef.0123456789abcdef'
}
