import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { missingPrerequisites } from './lab/prerequisites.ts'
import { type FileTime, type ProjectReport, reportVariable } from './reporter.ts'

/**
 * Runs `npm test`: the checks, the unit tests, and one real path per feature on real nodes; `--full` adds the long
 * matrices. Prints the time of every test file on real nodes, then every failure with its message. The last line is `N
 * passed, N failed`; the exit code is 1 if a test fails or none runs.
 */
const full = process.argv.includes('--full')
const checks = ['typecheck', 'lint', 'format:check', 'deadcode']
const projects = full ? ['unit', 'e2e', 'full'] : ['unit', 'e2e']
/** Lines of a failure's message that are repeated at the end; the complete message is printed above. */
const messageLines = 40
const slowestUnitFiles = 10

interface Part extends ProjectReport {
  readonly name: string
  readonly ms: number
}

const parts: Part[] = []
say(
  `runs ${checks.join(', ')}, then the tests: ${projects.join(', ')}; about ${full ? 90 : 25} minutes once the lab is cached`,
)
for (const name of checks) parts.push(await timed(name, runCheck))
for (const name of projects) parts.push(await timed(name, runProject))
showTimes()
showFailures()
const passed = parts.reduce((sum, part) => sum + part.passed, 0)
const failed = parts.reduce((sum, part) => sum + part.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function timed(name: string, run: (name: string) => Promise<ProjectReport>): Promise<Part> {
  const start = performance.now()
  return { name, ...(await run(name)), ms: performance.now() - start }
}

async function runCheck(name: string): Promise<ProjectReport> {
  const { code, output } = await command('npm', ['run', '--silent', name])
  say(`${name}: ${code === 0 ? 'passed' : 'FAILED'}`)
  if (code === 0) return { passed: 1, failed: 0, files: [], failures: [] }
  return failure(name, output.trim())
}

/** A project that cannot run has failed: the message is the reason. */
async function runProject(project: string): Promise<ProjectReport> {
  const missing = project === 'unit' ? [] : await missingPrerequisites()
  if (missing.length > 0) return failure(project, missing.join('\n'))
  const dir = await mkdtemp(join(tmpdir(), 'kadm-test-'))
  const file = join(dir, 'report.json')
  const reporters = ['--reporter=verbose', `--reporter=${join(import.meta.dirname, 'reporter.ts')}`]
  const { code, output } = await command('npx', ['vitest', 'run', '--project', project, ...reporters], {
    [reportVariable]: file,
  })
  const report = await readReport(file)
  await rm(dir, { recursive: true })
  if (report === undefined) return failure(project, `vitest ends without a report:\n${output.trim()}`)
  // Vitest fails without a failed test when, for example, it finds no test file.
  if (report.failed === 0 && code !== 0) return { ...report, ...failure(project, output.trim()), passed: report.passed }
  return report
}

async function readReport(file: string): Promise<ProjectReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProjectReport
  } catch {
    return undefined
  }
}

function failure(name: string, message: string): ProjectReport {
  return { passed: 0, failed: 1, files: [], failures: [{ name, message }] }
}

/** Runs a program, prints its output, and returns the end of the output. */
function command(program: string, args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; output: string }>(resolve => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    let output = ''
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const)
      from.on('data', (chunk: Buffer) => {
        to.write(chunk)
        output = (output + chunk.toString()).slice(-10_000)
      })
    child.on('error', error => resolve({ code: 127, output: error.message }))
    child.on('close', code => resolve({ code: code ?? 1, output: stripVTControlCharacters(output) }))
  })
}

function showTimes(): void {
  console.log(
    '\nTime per test file, in seconds. What is not in tests is in hooks: they make clusters, and wait for room for them.',
  )
  console.log('   total   tests  file')
  for (const { name, files } of parts) {
    const slowest = files.toSorted((a, b) => b.totalMs - a.totalMs)
    const shown = name === 'unit' ? slowest.slice(0, slowestUnitFiles) : slowest
    for (const file of shown) console.log(timeLine(file))
    const rest = slowest.slice(shown.length)
    if (rest.length > 0) console.log(timeLine(sumOf(rest, `${rest.length} more unit test files`)))
  }
  console.log('\nTime per part, in seconds. Files run side by side: together they take longer than their part.')
  for (const { name, ms } of parts) console.log(`${seconds(ms)}  ${name}`)
}

function timeLine({ file, testsMs, totalMs }: FileTime): string {
  return `${seconds(totalMs)}${seconds(testsMs)}  ${file}`
}

function sumOf(files: readonly FileTime[], file: string): FileTime {
  const sum = (key: 'tests' | 'testsMs' | 'totalMs') => files.reduce((total, one) => total + one[key], 0)
  return { file, tests: sum('tests'), testsMs: sum('testsMs'), totalMs: sum('totalMs') }
}

function showFailures(): void {
  const failures = parts.flatMap(part => part.failures)
  if (failures.length > 0) console.log('\nFailures:')
  for (const { name, message } of failures) console.log(`\n✗ ${name}\n${indented(message)}`)
  console.log('')
}

function indented(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n')
  const shown = lines.slice(0, messageLines)
  if (lines.length > shown.length) shown.push(`… ${lines.length - shown.length} more lines above`)
  return shown.map(line => `    ${line}`).join('\n')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(8)
}

function say(text: string): void {
  console.log(`[test] ${text}`)
}
