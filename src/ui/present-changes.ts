import { palette } from './palette.ts'
import { readableCertificates } from './readable-certificates.ts'
import type { ShownChange } from './shown-change.ts'
import { unifiedDiff } from './unified-diff.ts'

export interface PresentOptions {
  readonly color: boolean
  /** Titles of phases, by id. */
  readonly titles: ReadonlyMap<string, string>
  /** True if more than one node takes part: then each step names its node. */
  readonly several: boolean
}

/** Formats the changes of a dry run step by step: unified diffs, decoded certificates, the rest as text. */
export function presentChanges(changes: readonly ShownChange[], options: PresentOptions): string {
  const paint = palette(options.color)
  let last = ''
  const lines = changes.flatMap(change => {
    const head = heading(change, options)
    const heads = head === last ? [] : [paint.bold(head), '']
    last = head
    return [...heads, ...changeLines(change).map(line => painted(line, paint)), '']
  })
  return lines.map(line => `${line}\n`).join('')
}

function heading({ phase, node }: ShownChange, { titles, several }: PresentOptions): string {
  return `[${several ? `${node} ` : ''}${phase}] ${titles.get(phase) ?? ''}`.trimEnd()
}

function changeLines(change: ShownChange): readonly string[] {
  const { kind, what, mode, modeBefore, before, after, contents = [] } = change
  switch (kind) {
    case 'file':
    case 'object':
      return diffLines(change)
    case 'dir':
      return modeBefore === undefined
        ? [`would create the directory ${what} (${mode})`]
        : [`would change the mode of ${what} from ${modeBefore} to ${mode}`]
    case 'remove':
      return [`would remove ${what}`, ...contents.map(path => `-${path}`)]
    case 'exec':
      return [`would run: ${what}`]
    case 'image':
      return [`would pull ${what}`]
    case 'pod':
      return [`would stop and remove the pod ${what}`]
    case 'restart':
      return [`would restart the pod ${what}`]
    case 'member':
      return [memberLine(what, before, after)]
  }
}

function memberLine(what: string, before: string | undefined, after: string | undefined): string {
  if (after === undefined) return `would remove ${what}, a ${before}`
  return before === undefined ? `would add ${what} as a ${after}` : `would change ${what} to a ${after}`
}

function diffLines({ what, mode, modeBefore, before, after }: ShownChange): readonly string[] {
  const named = (text: string | undefined, bits: string | undefined) =>
    text === undefined ? '/dev/null' : `${what}${bits === undefined ? '' : ` (${bits})`}`
  return [
    `--- ${named(before, modeBefore ?? mode)}`,
    `+++ ${named(after, mode)}`,
    ...unifiedDiff(readableCertificates(before ?? ''), readableCertificates(after ?? '')),
  ]
}

function painted(line: string, paint: ReturnType<typeof palette>): string {
  if (/^(---|\+\+\+) /.test(line)) return paint.bold(line)
  if (line.startsWith('+')) return paint.green(line)
  if (line.startsWith('-')) return paint.red(line)
  return line.startsWith('@@') ? paint.cyan(line) : line
}
