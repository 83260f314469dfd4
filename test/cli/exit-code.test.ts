import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** A separate process starts slowly on a busy host. */
describe('the exit code', { timeout: 60_000 }, () => {
  const run = (...args: readonly string[]) => {
    const script = fileURLToPath(new URL('lost-command.ts', import.meta.url))
    return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  }

  it('kadm exits with 70 and a message when the process runs out of work before the command ends', () => {
    const { status, stderr } = run()
    expect(status).toBe(70)
    expect(stderr).toContain('the process ran out of work before the command finished')
    expect(stderr).toContain('INTERNAL')
  })

  it.each([0, 4])('kadm exits with the code %i of its command and prints nothing', code => {
    expect(run(String(code))).toMatchObject({ status: code, stderr: '' })
  })
})
