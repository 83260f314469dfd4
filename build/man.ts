// npm run man [-- DIRECTORY]: writes kadm.1 and a man page for each command, from the commands that --help shows, to
// dist/man or to the directory, which it empties first.
// The same source gives the same bytes: the date is SOURCE_DATE_EPOCH, or that of the commit.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeProgram } from '../src/cli/program.ts'
import { sourceTime } from './artefacts.ts'
import { pagesOf } from './man/page.ts'

const root = join(import.meta.dirname, '..')
const target = resolve(process.argv[2] ?? join(root, 'dist', 'man'))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
for (const { name, text } of pagesOf(makeProgram().program, { version, date: dateOf(sourceTime()) }))
  writeFileSync(join(target, name), text)

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
