import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { readForms } from '../../src/cli/argv.ts'
// Imported here, so that no test waits for it.
import '../../src/cli/init/intent.ts'
import '../../src/cli/join/intent.ts'
import '../../src/cli/reset/intent.ts'
import { deadHost, runKadm } from './run-kadm.ts'

const reset = (lines: string) =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ResetConfiguration', lines, ''].join('\n')

/** Returns a program with one command and a subcommand, and the options that the command received. */
function sample() {
  const program = new Command('tool').enablePositionalOptions()
  const act = program.command('act').option('-f, --force').option('-o, --output <form>').option('-v, --v <level>')
  const part = act.command('part').option('--dry-run').option('-v, --v <level>')
  return { program, act, part }
}

describe('the command line', () => {
  it.each(['true', '1', 't', 'T', 'TRUE', 'True'])('the command line accepts =%s as true for a boolean flag', text => {
    const { program, act } = sample()
    expect(readForms(program, ['act', `--force=${text}`])).toEqual({ words: ['act'] })
    expect(act.opts()).toEqual({ force: true })
  })

  it.each(['false', '0', 'f', 'F', 'FALSE', 'False'])(
    'the command line accepts =%s as false for a boolean flag',
    text => {
      const { program, act } = sample()
      expect(readForms(program, ['act', `-f=${text}`])).toEqual({ words: ['act'] })
      expect(act.getOptionValueSource('force')).toBe('cli')
      expect(act.opts()).toEqual({ force: false })
    },
  )

  it('the last value of a boolean flag that is given twice applies', () => {
    const { program, act } = sample()
    readForms(program, ['act', '--force', '--force=false'])
    expect(act.opts()).toEqual({ force: false })
    readForms(program, ['act', '--force=false', '-f'])
    expect(act.opts()).toEqual({ force: true })
  })

  it.each([
    { given: ['-v=5'], words: ['--v=5'] },
    { given: ['-v5'], words: ['--v=5'] },
    { given: ['-v', '5'], words: ['--v', '5'] },
    { given: ['-o=yaml', '--force=true', 'word'], words: ['--output=yaml', 'word'] },
    { given: ['-o='], words: ['--output='] },
    { given: ['--output', '--force=true'], words: ['--output', '--force=true'] },
    { given: ['--', '--force=true'], words: ['--', '--force=true'] },
    { given: ['--unknown=1', '-x=2', '-'], words: ['--unknown=1', '-x=2', '-'] },
  ])('the command line passes $given on as $words', ({ given, words }) => {
    expect(readForms(sample().program, ['act', ...given])).toEqual({ words: ['act', ...words] })
  })

  it('a verbosity flag before a command applies to that command', () => {
    const words = ['act', 'part', '--v=5', 'word']
    expect(readForms(sample().program, ['-v=5', 'act', 'part', 'word'])).toEqual({ words })
    expect(readForms(sample().program, ['-v5', 'act', 'part', 'word'])).toEqual({ words })
    expect(readForms(sample().program, ['--v', '5', 'act'])).toEqual({ words: ['act', '--v', '5'] })
    expect(readForms(sample().program, ['--v', '5'])).toEqual({ words: [] })
  })

  it('the command line ignores --vmodule and its value', () => {
    const given = ['--vmodule', 'act=4', 'act', '--vmodule=a=1,b=2', 'part', '--vmodule', 'part', '--dry-run=0']
    const { program, part } = sample()
    expect(readForms(program, given)).toEqual({ words: ['act', 'part'] })
    expect(part.opts()).toEqual({ dryRun: false })
  })
})

describe('kadm', () => {
  it('kadm shows the help of a command that follows a global flag', async () => {
    const { code, stdout } = await runKadm(['--v=5', 'init', '--help'])
    expect({ code, usage: stdout.split('\n')[0] }).toEqual({ code: 0, usage: 'Usage: kadm init [options] [command]' })
  })

  it('kadm shows stack traces with -v=5 before or after the command', async () => {
    for (const argv of [
      ['-v=5', 'init', ...deadHost],
      ['init', ...deadHost, '-v=5'],
    ]) {
      expect((await runKadm(argv)).stderr).toMatch(/^ +stack +at /m)
    }
  })

  it.each([
    ['--rootfs=/mnt', 'version'],
    ['init', '--rootfs', '/mnt', ...deadHost],
    ['init', 'phase', 'certs', 'all', '--rootfs=/mnt', ...deadHost],
  ])('kadm rejects --rootfs with an error that names it: %s %s %s', async (...argv) => {
    const { code, stderr } = await runKadm(argv)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('does not support --rootfs') })
  })

  it('kadm reports an invalid value of a boolean flag in the requested output format', async () => {
    const { code, stdout, stderr } = await runKadm(['reset', '--force=yes', '-o=json'])
    expect(code).toBe(2)
    expect(stderr).toContain('--force must be true or false')
    expect(JSON.parse(stdout).error.code).toBe('USAGE')
  })

  it.each([
    ['init', '--upload-certs=false', '--dry-run=true'],
    ['join', '--discovery-token-unsafe-skip-ca-verification=true', '--control-plane=true', '10.0.0.1:6443'],
    ['reset', '-f=true', '--cleanup-tmp-dir=0'],
  ])('kadm accepts the boolean flags of kubeadm with values: %s %s %s', async (...argv) => {
    const token = argv[0] === 'join' ? ['--token', 'abcdef.0123456789abcdef'] : []
    const { code } = await runKadm([...argv, ...token, ...deadHost])
    expect(code).toBe(4)
  })

  it('kadm rejects a boolean flag together with --config even when it is false, as kubeadm does', async () => {
    const { code, stderr } = await runKadm(['reset', '--force=false', '--config', '{dir}/r.yaml'], {
      'r.yaml': reset('force: true'),
    })
    expect(code).toBe(2)
    expect(stderr).toContain("can not mix '--config' with arguments [force]")
  })
})
