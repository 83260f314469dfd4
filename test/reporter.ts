import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** The result of one vitest run of a project, as the reporter writes it and test/run.ts reads it. */
export interface ProjectReport {
  readonly passed: number
  readonly failed: number
  readonly files: readonly FileTime[]
  readonly failures: readonly Failure[]
}

/** The time of one test file; its hooks, which create clusters, take the time outside its tests. */
export interface FileTime {
  readonly file: string
  readonly tests: number
  readonly testsMs: number
  readonly totalMs: number
}

export interface Failure {
  readonly name: string
  readonly message: string
}

/** The environment variable that names the file for the report. */
export const reportVariable = 'KADM_TEST_REPORT'

/** Vitest loads this file in addition to its own reporter, which prints the tests as they end; this one counts. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env[reportVariable]
    if (file !== undefined) writeFileSync(file, JSON.stringify(report(modules, errors)))
  }
}

function report(modules: readonly TestModule[], errors: readonly SerializedError[]): ProjectReport {
  const tests = modules.flatMap(module => [...module.children.allTests()])
  const passed = tests.filter(test => test.result().state === 'passed').length
  const failures = [
    ...modules.flatMap(failuresOf),
    ...errors.map(error => ({ name: 'an error outside of all tests', message: text([error]) })),
  ]
  // A failed hook leaves its tests without a result: they have not passed. An error outside of all tests counts too.
  const failed = Math.max(tests.length - passed, failures.length)
  return { passed, failed, files: modules.map(timeOf), failures }
}

function timeOf(module: TestModule): FileTime {
  const tests = [...module.children.allTests()]
  const testsMs = tests.reduce((sum, test) => sum + (test.diagnostic()?.duration ?? 0), 0)
  return { file: module.relativeModuleId, tests: tests.length, testsMs, totalMs: module.diagnostic().duration }
}

/** Failed tests, and suites and files with failed hooks or imports. */
function failuresOf(module: TestModule): readonly Failure[] {
  const file = module.relativeModuleId
  const own = module.errors().length > 0 ? [{ name: file, message: text(module.errors()) }] : []
  const suites = [...module.children.allSuites()]
    .filter(suite => suite.errors().length > 0)
    .map(suite => ({ name: `${file} > ${suite.fullName}`, message: text(suite.errors()) }))
  const tests = [...module.children.allTests()]
    .filter(test => test.result().state === 'failed')
    .map(test => ({ name: `${file} > ${test.fullName}`, message: text(test.result().errors ?? []) }))
  return [...own, ...suites, ...tests]
}

function text(errors: readonly SerializedError[]): string {
  return errors.map(error => [error.message, error.diff].filter(Boolean).join('\n')).join('\n')
}
