import { isKadmError, KadmError, type Problem } from '../errors/kadm-error.ts'
import { checkComponent } from './component-configs.ts'
import { parseDocuments } from './documents.ts'
import { createDrafts } from './drafts.ts'
import { parseInit } from './init.ts'
import { parseJoin } from './join.ts'
import { selectDocuments } from './kinds.ts'
import { resolveKubernetesVersion } from './kubernetes-version.ts'
import { type ConfigFile, throwProblems } from './open-drafts.ts'
import { parseReset } from './reset.ts'
import type { JudgePhase } from './skipped-phases.ts'
import { parseUpgrade } from './upgrade.ts'

const initKinds = ['InitConfiguration', 'ClusterConfiguration']
const componentKinds = ['KubeletConfiguration', 'KubeProxyConfiguration'] as const

/** Who knows the phases of each command. */
export type JudgePhases = Readonly<Partial<Record<'init' | 'join' | 'reset', JudgePhase>>>

export interface ValidFile {
  /** Kinds of its documents, in their order. */
  readonly kinds: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Checks every document of a file as the command that reads it does, component configurations too. Throws CONFIG_INVALID
 * with all faults, NOT_BUILT for what is sound and not built.
 */
export function validateFile(file: ConfigFile, startedAt: Date, phases: JudgePhases = {}): ValidFile {
  const { documents, problems } = parseDocuments(file.text, file.path)
  const kinds = documents.map(document => document.kind)
  if (kinds.length === 0 && problems.length === 0) {
    const message = 'the file holds no configuration'
    throwProblems([{ file: file.path, line: 1, message, remedy: 'see `kadm config print init-defaults`' }])
  }
  const readers = [
    {
      of: initKinds,
      read: () => parseInit({ file, flags: {}, startedAt, randomToken, ...judge(phases.init) }).warnings,
    },
    { of: ['JoinConfiguration'], read: () => parseJoin({ file, flags: {}, ...judge(phases.join) }).warnings },
    { of: ['ResetConfiguration'], read: () => parseReset({ file, flags: {}, ...judge(phases.reset) }).warnings },
    { of: ['UpgradeConfiguration'], read: () => parseUpgrade(file).warnings },
  ].filter(({ of }) => of.some(kind => kinds.includes(kind)))
  const judged = readers.length === 0 ? [{ read: () => componentsAlone(file) }] : readers
  const found = judged.map(({ read }) => outcome(read))
  const unknown = documents.flatMap(({ apiVersion, kind, lineOf }): Problem[] => {
    if (isKnown(kind) || apiVersion.startsWith('kubeadm.k8s.io/')) return []
    const message = `unknown configuration API: ${apiVersion}, Kind=${kind}`
    return [{ file: file.path, line: lineOf([]), message, remedy: 'remove the document: no command reads it' }]
  })
  throwProblems(once([...found.flatMap(one => one.problems), ...unknown]))
  const unbuilt = found.find(one => one.error !== undefined)?.error
  if (unbuilt !== undefined) throw unbuilt
  const warnings = found.flatMap(one => one.warnings).filter(text => !text.startsWith('Ignored configuration document'))
  return { kinds, warnings: [...new Set(warnings)] }
}

function judge(judgePhase: JudgePhase | undefined): { readonly judgePhase?: JudgePhase } {
  return judgePhase === undefined ? {} : { judgePhase }
}

function isKnown(kind: string): boolean {
  return componentKinds.some(one => one === kind)
}

function componentsAlone(file: ConfigFile): readonly string[] {
  const { documents, problems, duplicates } = parseDocuments(file.text, file.path)
  const selected = selectDocuments(documents, componentKinds)
  const drafts = createDrafts(selected.documents)
  const newest = resolveKubernetesVersion('stable-1')
  const version = 'version' in newest ? newest.version : ''
  const faults = componentKinds
    .filter(kind => selected.documents.has(kind))
    .flatMap(kind => checkComponent(kind, drafts.read(kind, { keepEmptyTexts: true }), version))
  throwProblems([...problems, ...duplicates, ...selected.problems, ...faults.map(drafts.problemOf)])
  return []
}

interface Outcome {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  readonly error?: KadmError
}

function outcome(read: () => readonly string[]): Outcome {
  try {
    return { problems: [], warnings: read() }
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return { problems: error.problems ?? [], warnings: [] }
    if (error instanceof KadmError) return { problems: [], warnings: [], error }
    throw error
  }
}

/** What two readers of the file say alike is said once. */
function once(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}

/** A check keeps no token. */
function randomToken(): string {
  return 'abcdef.0123456789abcdef'
}
