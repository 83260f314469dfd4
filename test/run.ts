import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacking } from './lab/prerequisites.ts'

/**
 * What `npm test` runs: the checks, the unit tests, and one real path per feature on real nodes; `--full` adds the long
 * matrices. Ends with a line `N passed, N failed`, and exits with 1 when something failed or nothing ran.
 */
const full = process.argv.includes('--full')
const checks = ['typecheck', 'lint', 'format:check', 'deadcode']
const projects = full ? ['unit', 'e2e', 'full'] : ['unit', 'e2e']

interface Counted {
  readonly passed: number
  readonly failed: number
}

const counts: Counted[] = []
say(
  `runs ${checks.join(', ')}, then the tests: ${projects.join(', ')}; about ${full ? 90 : 30} minutes once the lab is cached`,
)
for (const check of checks) counts.push(await runCheck(check))
for (const project of projects) counts.push(await runProject(project))
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function runCheck(name: string): Promise<Counted> {
  const code = await command('npm', ['run', '--silent', name])
  say(`${name}: ${code === 0 ? 'passed' : 'FAILED'}`)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** An end-to-end test that cannot run has failed: the sentence says what is missing. */
async function runProject(project: string): Promise<Counted> {
  const missing = project === 'unit' ? [] : await lacking()
  if (missing.length > 0) {
    for (const sentence of missing) say(`${project}: ${sentence}`)
    return { passed: 0, failed: 1 }
  }
  const dir = await mkdtemp(join(tmpdir(), 'kadm-test-'))
  const report = join(dir, 'report.json')
  const code = await command('npx', [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  const counted = await countTests(report, code)
  await rm(dir, { recursive: true })
  return counted
}

async function countTests(report: string, code: number): Promise<Counted> {
  try {
    const found = JSON.parse(await readFile(report, 'utf8')) as { numPassedTests: number; numTotalTests: number }
    const failed = found.numTotalTests - found.numPassedTests
    // A suite that died before its tests has no failed test to show.
    return { passed: found.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function command(program: string, args: readonly string[]): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', error => {
      say(`${program}: ${error.message}`)
      resolve(127)
    })
    child.on('close', code => resolve(code ?? 1))
  })
}

function say(text: string): void {
  console.log(`[test] ${text}`)
}
