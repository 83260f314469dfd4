import { describe, expect, it } from 'vitest'
import { notRun } from '../../../src/host/ssh/not-run.ts'

const login = { name: 'n1', settings: { user: 'root', typed: 'n1' } }
const failed = (stderr: string, code = 1, before = '') =>
  notRun(login, { ran: false, before, output: { code, stdout: '', stderr } })

describe('a command that did not run', () => {
  it.each([
    ['Please login as the user "ubuntu" rather than the user "root".\n\n', 142, 'command= in authorized_keys'],
    ['Please log in as the user admin instead.\n', 142, 'command= in authorized_keys'],
    ["fatal: unrecognized command 'exec /bin/sh'\n", 128, 'git-shell'],
    ['rbash: line 1: exec: restricted\n', 1, 'a restricted one'],
    ['This service allows sftp connections only.\n', 1, 'ForceCommand internal-sftp'],
    ['This account is currently not available.\n', 1, 'nologin'],
    ['System is booting up. Unprivileged users are not permitted to log in yet.\n', 254, '/run/nologin'],
    ["Too many logins for 'root'.\n", 254, 'limits.conf'],
    ['/bin/bash: No such file or directory\n', 1, 'ChrootDirectory'],
    ['', 0, 'the login shell of root, or a forced command'],
    ['menu> choose\n', 3, 'the login shell of root, or a forced command'],
  ])('a command that did not run has the likely cause of %j', (stderr, code, cause) => {
    const error = failed(stderr, code)
    expect([error.code, error.exitCode, error.output]).toEqual(['HOST_SHELL', 4, stderr.trim()])
    expect(error.message).toContain(`the login of root on n1 ran no command of kadm (exit code ${code})`)
    expect(error.message).toContain(`likely cause: `)
    expect(error.message).toContain(cause)
    expect(error.hint).toBeTruthy()
  })

  it('a command that did not run shows its stdout without cursor sequences', () => {
    expect(failed('', 1, 'Choose\u001b[2J a number\n').message).toContain('it printed: Choose [2J a number')
  })

  it('a command that did not run is reported as an expired password when the server reports one', () => {
    expect(failed('Password change required but no TTY available.\n').code).toBe('HOST_AUTH')
  })

  it('a command that did not run shows the end of a long text', () => {
    expect(failed(`${'y\n'.repeat(100_000)}end`).output?.length).toBe(4000)
  })
})
