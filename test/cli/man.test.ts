import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pagesOf } from '../../build/man/page.ts'
import { escaped, item, paragraph } from '../../build/man/roff.ts'
import { makeProgram } from '../../src/cli/program.ts'

const pages = pagesOf(makeProgram().program, { version: '1.2.3', date: '2026-11-30' })
const textOf = (name: string) => pages.find(page => page.name === name)?.text ?? ''

/** Every command that a help shows, with the name of its page. */
function commandsFrom(command: Command, name: string): readonly (readonly [page: string, command: Command])[] {
  const shown = command.createHelp().visibleCommands(command)
  const below = command.commands.filter(one => shown.includes(one))
  return [[`${name}.1`, command], ...below.flatMap(one => commandsFrom(one, `${name}-${one.name()}`))]
}
const commands = commandsFrom(makeProgram().program, 'kadm')

describe('man pages', () => {
  it('every command of the help has a page, and no other page exists', () => {
    expect(pages.map(({ name }) => name).sort()).toEqual(commands.map(([name]) => name).sort())
  })

  it.each(commands)('%s has every flag that the help of the command shows', (name, command) => {
    const options = command.createHelp().visibleOptions(command)
    const shown = [...textOf(name).matchAll(/^\\fB.*?\\-\\-((?:\w|\\-)+)/gm)].map(match =>
      match[1]?.replaceAll('\\', ''),
    )
    expect(shown).toEqual(options.map(({ long }) => long?.slice(2)))
  })

  it.each(commands)('%s has its sections in the usual order', name => {
    const order = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'PHASES', 'OPTIONS', 'EXAMPLES', 'EXIT STATUS']
    const all = [...order, 'ENVIRONMENT', 'FILES', 'SEE ALSO']
    const found = [...textOf(name).matchAll(/^\.SH (.*)$/gm)].map(match => match[1])
    expect(found).toEqual(all.filter(title => found.includes(title)))
    expect(found).toEqual(
      expect.arrayContaining(['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXAMPLES', 'EXIT STATUS', 'SEE ALSO']),
    )
  })

  it('a page has the version and the date of its source', () => {
    expect(textOf('kadm-init.1').split('\n')[0]).toBe('.TH KADM\\-INIT 1 2026-11-30 "kadm 1.2.3" "kadm manual"')
  })

  it('a page shows each example with its explanation', () => {
    expect(textOf('kadm-reset.1')).toContain(
      'This host, after confirmation:\n.RS 4\n.EX\nkadm reset\n.EE\n.RE\n.PP\nTwo workers over SSH',
    )
  })

  it('the same source gives the same pages', () => {
    const [first, second] = [written('1700000000'), written('1700000000')]
    expect(Object.keys(first)).toHaveLength(pages.length)
    expect(second).toEqual(first)
    expect(first['kadm.1']).toContain('.TH KADM 1 2023-11-14 ')
  })
})

/** The output of the script, by file name. */
function written(epoch: string): Readonly<Record<string, string>> {
  const dir = mkdtempSync(join(tmpdir(), 'kadm-man-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const script = join(import.meta.dirname, '..', '..', 'build', 'man.ts')
  const { status, stderr } = spawnSync(process.execPath, [script, dir], {
    env: { PATH: process.env.PATH ?? '', SOURCE_DATE_EPOCH: epoch },
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return Object.fromEntries(readdirSync(dir).map(name => [name, readFileSync(join(dir, name), 'utf8')]))
}

describe('roff', () => {
  it.each([
    ['a backslash', 'a\\fB', 'a\\efB'],
    ['a request', ".so /etc/passwd\n'so x", '\\&.so /etc/passwd\n\\(aqso x'],
    ['a dash', '--host', '\\-\\-host'],
    ['a character that is not ASCII', 'sha256:…', 'sha256:\\[u2026]'],
  ])('the text of a page keeps %s as it is', (_, text, roff) => {
    expect(escaped(text)).toBe(roff)
  })

  it('a paragraph has a line for each sentence, none of them long', () => {
    const lines = paragraph(`One. Two ${'words '.repeat(30)}end.`).split('\n')
    expect(lines[0]).toBe('One.')
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(78)
  })

  it('an item is bold up to its placeholder', () => {
    expect(item('-o, --output <format>', 'a')).toBe('.TP\n\\fB\\-o, \\-\\-output \\fR<format>\na')
  })
})
