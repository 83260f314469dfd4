import { stripVTControlCharacters } from 'node:util'
import type { ChalkInstance } from 'chalk'
import { maskUrls } from '../errors/mask-url.ts'
import type { Named } from '../errors/operator-commands.ts'
import { causeChain, type ErrorReport, errorParts, errorReport } from './error-report.ts'
import { palette } from './palette.ts'
import { problemLines } from './present-problems.ts'
import { indent } from './text.ts'

/** Options of the error output. */
export interface PresentErrorOptions {
  /** Complete output, causes and stack. */
  readonly verbose: boolean
  readonly color: boolean
  /** The hosts as the operator named them, for commands in hints. */
  readonly named?: Named
  /** kadm's version, for bug reports. */
  readonly version?: string
}

/** Columns of the heading, with the code right-aligned. */
const headingWidth = 80
/** Lines of output that are shown without -v. */
const outputLines = 20

/** Formats the error output of a command. Pure; ends with a line break. Several failed nodes have one block each. */
export function presentError(error: unknown, options: PresentErrorOptions): string {
  const paint = palette(options.color)
  const blocks = errorParts(error).map(part => errorBlock(part, options, paint).join('\n'))
  return `${blocks.join('\n\n')}\n`
}

function errorBlock(error: unknown, options: PresentErrorOptions, paint: ChalkInstance): string[] {
  const report = errorReport(error, options.named)
  const [title, body] = titleAndBody(report)
  const hint = report.hint ?? (report.kind === 'bug' ? bugHint(options) : undefined)
  return [
    heading(title, report.code, paint),
    ...body.map(line => indent(line, 2)),
    ...problemLines(report).map(line => indent(line, 4)),
    ...shownOutput(report.output, options.verbose).map(line => indent(line, 4)),
    ...(options.verbose ? causeLines(error, report, paint) : []),
    ...(hint === undefined ? [] : labelled('hint', hint, paint)),
  ]
}

function heading(title: string, code: string, paint: ChalkInstance): string {
  const gap = Math.max(2, headingWidth - title.length - 2 - code.length)
  return `${paint.red('✗')} ${paint.bold(title)}${' '.repeat(gap)}${paint.dim(code)}`
}

function titleAndBody({ where, message, kind }: ErrorReport): [string, string[]] {
  const lines = stripVTControlCharacters(message).split('\n')
  if (where === undefined) return [lines[0] ?? '', lines.slice(1)]
  const verb = kind === 'interrupted' ? 'was interrupted' : 'failed'
  return [`${where.phase} ${verb} on ${where.node}`, lines]
}

function shownOutput(output: string | undefined, verbose: boolean): string[] {
  if (output === undefined || output.trim() === '') return []
  // A host's output must not move the cursor or change the colors.
  const lines = stripVTControlCharacters(output).trimEnd().split('\n')
  if (verbose || lines.length <= outputLines) return lines
  const left = lines.length - outputLines
  return [`… ${left} earlier ${left === 1 ? 'line' : 'lines'}, shown with --v=5`, ...lines.slice(-outputLines)]
}

/** Formats the messages of causes that add information, then the stack of the innermost. */
function causeLines(error: unknown, report: ErrorReport, paint: ChalkInstance): string[] {
  const chain = causeChain(error)
  const messages = chain.map(link => maskUrls(link instanceof Error ? link.message : String(link)))
  const fresh = messages.filter((text, i) => i > 0 && text !== report.message && messages.indexOf(text) === i)
  const origin = chain.at(-1)
  const frames = origin instanceof Error ? (origin.stack ?? '').split('\n').filter(line => /^\s+at /.test(line)) : []
  return [
    ...fresh.flatMap(text => labelled('cause', text, paint)),
    ...(frames.length === 0 ? [] : labelled('stack', frames.map(line => line.trim()).join('\n'), paint)),
  ]
}

function bugHint({ version }: PresentErrorOptions): string {
  const named = version === undefined ? 'its version' : `the version, ${version},`
  return `this is a bug in kadm; please report it\nwith ${named} and what the same command prints with --v=5`
}

/** Formats `  hint   text`, with further lines below the first. */
function labelled(label: string, text: string, paint: ChalkInstance): string[] {
  return text.split('\n').map((line, i) => `  ${i === 0 ? paint.cyan(label.padEnd(7)) : ' '.repeat(7)}${line}`)
}
