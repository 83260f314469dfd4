import { describe, expect, it } from 'vitest'
import { initPhases, joinPhases } from '../../src/phases/pipelines.ts'
import { deadHost, runKadm } from './run-kadm.ts'

const moreCommands = [
  ...['token', 'token create', 'token list', 'token delete', 'token generate', 'config', 'config print'],
  ...['config print init-defaults', 'config print join-defaults', 'config validate', 'config migrate'],
  ...['config images', 'config images list', 'config images pull', 'kubeconfig user', 'certs certificate-key'],
  ...['certs renew', 'certs generate-csr', 'certs sign-csr', 'certs import'],
  ...['runs', 'runs list', 'runs show'],
] as const
const commands = [
  '',
  'version',
  'init',
  'init phase',
  'join',
  'join phase',
  'preflight',
  'kubeconfig',
  'kubeconfig fetch',
  ...moreCommands,
] as const
const words = (command: string) => command.split(' ').filter(Boolean)

describe('help', () => {
  it.each(commands.flatMap(command => ['-h', '--help'].map(flag => ({ command, flag }))))(
    '`kadm $command $flag` prints the help to stdout with examples of that command',
    async ({ command, flag }) => {
      const { code, stdout, stderr } = await runKadm([...words(command), flag])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain(`Usage: kadm${command === '' ? '' : ` ${command}`} `)
      expect(stdout).toMatch(new RegExp(`Examples:\\n(?:.*\\n)*?  kadm ${command}`))
    },
  )

  it.each(['', 'kubeconfig', 'token', 'config', 'config print', 'config images', 'certs', 'runs'])(
    '`kadm %s` without a subcommand prints the help',
    async command => {
      const { code, stdout } = await runKadm(words(command))
      expect(code).toBe(0)
      expect(stdout).toContain('Commands:')
    },
  )

  it.each([
    ['init', 'phase'],
    ['init', 'phase', '--help'],
    ['init', 'phase', 'certs', '-h'],
  ])('the help of `kadm %s %s %s` lists every phase', async (...argv) => {
    const { code, stdout } = await runKadm(argv.filter(word => word !== undefined))
    expect(code).toBe(0)
    for (const id of initPhases) expect(stdout).toMatch(new RegExp(`^  ${id} +[A-Z]`, 'm'))
  })

  it.each([
    ['join', 'phase'],
    ['join', 'phase', '--help'],
  ])('the help of `kadm %s %s %s` lists every phase', async (...argv) => {
    const { code, stdout } = await runKadm(argv.filter(word => word !== undefined))
    expect(code).toBe(0)
    for (const id of joinPhases) expect(stdout).toMatch(new RegExp(`^  ${id} +[A-Z]`, 'm'))
  })

  it.each(['init', 'join'])('the help of %s does not show type names of Go or JavaScript', async command => {
    const { stdout } = await runKadm([command, '--help'])
    expect(stdout).not.toMatch(/stringSlice|undefined|\[object/)
  })
})

describe('version', () => {
  it('--version prints only the version', async () => {
    expect(await runKadm(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\S+\n$/),
      stderr: '',
    })
  })

  it.each([
    ['text', /^kadm \S+\nKubernetes v1\.36\.\d+, v1\.37\.\d+\n$/],
    ['short', /^\S+\n$/],
    ['yaml', /^kadm: /],
    ['json', /^\{\n {2}"kadm": /],
  ])('kadm version prints the format %s', async (format, expected) => {
    expect(await runKadm(['version', '-o', format])).toMatchObject({ code: 0, stdout: expect.stringMatching(expected) })
  })
})

it.each([
  ['a phase describes that phase', ['init', 'phase', 'certs', 'ca'], 'Creates the CA of the cluster.'],
  ['a phase of join describes that phase', ['join', 'phase', 'check-etcd'], 'Waits for a healthy etcd'],
  ['a phase of reset describes that phase', ['reset', 'phase', 'cleanup-node'], 'Stops the kubelet'],
  ['a family describes the command', ['init', 'phase', 'certs', 'all'], 'run one phase of init'],
  ['init phase without a phase describes the command', ['init', 'phase'], 'run one phase of init'],
  ['an unknown phase describes the command', ['init', 'phase', 'nothing'], 'run one phase of init'],
])('the help of %s', async (_, command, description) => {
  const { code, stdout } = await runKadm([...command, '--help'])
  expect(code).toBe(0)
  expect(stdout.replace(/\s+/g, ' ')).toContain(`] ${description}`)
})

it('init accepts its flags before the word phase', async () => {
  const [machine, ...rest] = deadHost
  const { code, stderr } = await runKadm(['init', machine, ...rest, 'phase', 'certs', 'all'])
  expect(code).toBe(4)
  expect(stderr).toContain('127.0.0.1')
})

it('kadm shows the stack trace of an error with -v 5 but not with -v 4', async () => {
  const shown = async (level: string) => (await runKadm(['init', ...deadHost, '-v', level])).stderr
  expect(await shown('4')).not.toContain('stack')
  expect(await shown('5')).toMatch(/stack +at /)
})
