import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { faultOf } from './command-lines.ts'

const root = join(import.meta.dirname, '..', '..')
const known = makeProgram().program.commands.flatMap(command => [command.name(), ...command.aliases()])

interface Line {
  readonly file: string
  readonly line: string
}

function filesBelow(folder: string, end: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => end.test(name))
    .map(name => join(folder, name))
}

/** Replaces values that are only known at run time. */
function filledIn(text: string): string {
  return text
    .replace(/\$\{[^{}]*\}/g, 'x1')
    .replace(/<[^<>]+>|…|\bNAME\b|\bFILE\b|\bDIR\b/g, 'x1')
    .replace(/\bVERSION\b/g, 'v1.37.2')
    .replace(/ >\S+/g, '')
    .trim()
}

/** Removes the explanation, and the end of the surrounding text. */
function unquoted(text: string): string {
  const [line = ''] = text.split(/ {3,}/)
  return line.split("'").length % 2 === 0 ? line.slice(0, line.lastIndexOf("'")) : line
}

/** Commands in texts of the source: hints, remedies, warnings, results. */
function ofSource(file: string): readonly Line[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, '')
  const quoted = [...text.matchAll(/\\?`kadm ([^`\\]+)\\?`/g)].map(match => match[1] ?? '')
  const alone = [...text.matchAll(/(?:\\n|^|['`]) {2}kadm ([^`\n\\]+)/gm)].map(match => unquoted(match[1] ?? ''))
  return [...quoted, ...alone]
    .map(line => ({ file, line: filledIn(line) }))
    .filter(({ line }) => /^[a-z]/.test(line) && !line.includes('x1-') && !line.startsWith('x1'))
}

/** Commands in a page: those in backticks that begin with one, and the lines of code blocks. */
function ofPage(file: string): readonly Line[] {
  const text = readFileSync(join(root, file), 'utf8')
  const quoted = [...text.matchAll(/`(?:sudo )?kadm ([^`]+)`/g)].map(match => match[1] ?? '')
  const blocks = [...text.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '')
  const lines = blocks.flatMap(block => [
    ...block.replaceAll('\\\n', ' ').matchAll(/^(?:[$#] )?(?:sudo )?kadm ([^\n]+)/gm),
  ])
  const code = lines.map(match => (match[1] ?? '').split(/ {2,}| #| >|\||--> | ──/)[0] ?? '')
  return [...quoted, ...code].map(line => ({ file, line: filledIn(line) }))
}

const inSource = filesBelow('src', /\.ts$/).flatMap(ofSource)
const pages = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', /\.md$/)]
const inPages = pages.flatMap(ofPage)
const isMention = (line: string) => /^join --from$/.test(line)
const unique = (lines: readonly Line[]) => [...new Map(lines.map(one => [one.line, one])).values()]

describe('commands of kadm in hints and pages', () => {
  it('the test finds commands of kadm in the source and in the pages', () => {
    expect(inSource.length).toBeGreaterThan(80)
    expect(inPages.length).toBeGreaterThan(30)
  })

  it.each(unique(inSource))('a command that kadm prints exists with its flags: `$line`', ({ line }) => {
    expect(faultOf(line)).toBeUndefined()
  })

  it.each(unique(inPages).filter(({ line }) => !isMention(line)))(
    'a command that a page names exists with its flags: `$line`',
    ({ line }) => {
      expect(faultOf(line)).toBeUndefined()
    },
  )

  it('a command in a hint or remedy is in backticks, so that kadm can add --host to it', () => {
    const naked = filesBelow('src', /\.ts$/).flatMap(file =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter(line => /\b(hint|remedy|next|message)\b.*['`]/.test(line))
        .flatMap(line =>
          [...line.matchAll(/(\\n {2}|.?)\bkadm ([a-z-]+)/g)].filter(
            ([, before, word]) => !/^(`|\\n)/.test(before ?? '') && known.includes(word ?? ''),
          ),
        )
        .map(([found]) => `${file}: ${found}`),
    )
    expect(naked).toEqual([])
  })
})

it('the check of command lines finds commands and flags that do not exist', () => {
  const wrong = [
    'certs rotate',
    'init --hots x',
    'node remove a b',
    'init phase certs nothing',
    'token creat',
    'reset phase x1 --certificate-key y',
  ]
  expect(wrong.filter(line => faultOf(line) === undefined)).toEqual([])
})
