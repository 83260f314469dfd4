// npm run release [-- --node FILE]: all artefacts of a tagged commit, in dist. FILE is the pinned Node for macOS on arm64.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { artefacts, dist } from './artefacts.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { node: { type: 'string' } } })
const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
const run = (...words) => execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' })
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

checkSource()
mkdirSync(dist, { recursive: true })
for (const name of artefacts()) rmSync(join(dist, name))
run('build/binary.mjs', '--target', 'linux-x64', '--target', 'linux-arm64')
if (values.node !== undefined) run('build/binary.mjs', '--target', 'darwin-arm64', '--node', values.node)
run('build/packages.mjs')
checkExecutable()
console.log(readFileSync(join(dist, 'SHA256SUMS'), 'utf8').trimEnd())

/** The executable names its commit, so the source must be that commit and no more. */
function checkSource() {
  const problems = [
    git('status', '--porcelain') !== '' && 'the checkout has changes that are not committed',
    !git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`) &&
      `the commit does not have the tag v${version} of package.json`,
    !readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## ${version}\n`) &&
      `CHANGELOG.md has no section "## ${version}"`,
  ].filter(Boolean)
  if (problems.length === 0) return
  console.error(`nothing is built:\n${problems.map(problem => `- ${problem}`).join('\n')}\nsee docs/releasing.md`)
  process.exit(1)
}

function checkExecutable() {
  const program = join(dist, `kadm-${process.platform}-${process.arch}`)
  const built = JSON.parse(execFileSync(program, ['version', '-o', 'json'], { encoding: 'utf8' }))
  const wanted = { kadm: version, commit: git('rev-parse', 'HEAD'), node: process.version }
  const differing = Object.keys(wanted).filter(key => built[key] !== wanted[key])
  if (differing.length > 0) throw new Error(`${program} has another ${differing.join(', ')}: ${JSON.stringify(built)}`)
}
