import { given } from '../../cluster/given.ts'
import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import { visible } from '../../errors/visible.ts'
import { parseDocuments } from './documents.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { selectDocuments } from './kinds.ts'

/** A configuration file and its content. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

export interface OpenedDrafts {
  readonly drafts: Drafts
  /** The kinds in the file. */
  readonly kinds: ReadonlySet<string>
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Splits a file into the documents that a command reads. One of the `needed` kinds must exist. */
export function openDrafts(
  file: ConfigFile | undefined,
  wanted: readonly string[],
  needed: readonly string[],
): OpenedDrafts {
  if (file === undefined) return { drafts: createDrafts(new Map()), kinds: new Set(), problems: [], warnings: [] }
  const parsed = parseDocuments(file.text, file.path)
  const selected = selectDocuments(parsed.documents, wanted)
  // Documents of other commands are ignored.
  const duplicates = parsed.duplicates.filter(({ field }) => wanted.some(kind => field?.startsWith(`${kind}.`)))
  const problems = [...parsed.problems, ...duplicates, ...selected.problems]
  const kinds = new Set(selected.documents.keys())
  if (problems.length === 0 && !needed.some(kind => kinds.has(kind))) {
    const message = `no ${needed.join(' or ')} kind was found in the configuration file`
    problems.push({ file: file.path, line: 1, message, remedy: `add a document with "kind: ${needed[0]}"` })
  }
  return { drafts: createDrafts(selected.documents), kinds, problems, warnings: selected.warnings }
}

/** Throws CONFIG_INVALID with all problems, if any: flags first, then by line. */
export function throwProblems(found: readonly Problem[]): void {
  const problems = found.map(shown).toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const [first] = problems
  if (first === undefined) return
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`
  throw new KadmError('CONFIG_INVALID', `The configuration is invalid (${count})`, { problems, hint: first.remedy })
}

/** A no-break space in a name must be distinguishable from a space. */
function shown({ field, message, ...problem }: Problem): Problem {
  return { ...problem, message: visible(message), ...given({ field: field && visible(field) }) }
}
