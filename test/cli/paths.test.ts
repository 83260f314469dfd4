import { homedir } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { kubeconfigPath } from '../../src/cli/kubeconfig-path.ts'
import { machinePath, ownPath } from '../../src/cli/named-paths.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { deadHost, runKadm } from './run-kadm.ts'

const token = 'abcdef.0123456789abcdef'
const byToken = ['10.0.0.1:6443', '--token', token, '--discovery-token-unsafe-skip-ca-verification']

/** A flag with a path, and the rest of a command line that is otherwise valid. */
interface Case {
  readonly flag: string
  readonly argv: readonly string[]
}

const importing = [
  'certs',
  'import',
  fileURLToPath(new URL('../fixtures/pki/ECDSA-P256/apiserver.crt', import.meta.url)),
]

/** Paths on the host of --host, which cannot be resolved on this host. */
const onMachine: readonly Case[] = [
  { flag: '--kubeconfig', argv: ['init', 'phase', 'upload-config'] },
  { flag: '--kubeconfig-dir', argv: ['init', 'phase', 'kubeconfig', 'admin'] },
  { flag: '--cert-dir', argv: ['init'] },
  { flag: '--cert-dir', argv: ['init', 'phase', 'certs', 'ca'] },
  { flag: '--cri-socket', argv: ['init'] },
  { flag: '--cri-socket', argv: ['init', 'phase', 'kubelet-start'] },
  { flag: '--cri-socket', argv: ['join', ...byToken] },
  { flag: '--cri-socket', argv: ['join', 'phase', 'kubelet-start', ...byToken] },
  { flag: '--cri-socket', argv: ['reset', '-f'] },
  { flag: '--cri-socket', argv: ['reset', 'phase', 'cleanup-node'] },
  { flag: '--cri-socket', argv: ['preflight'] },
  { flag: '--cri-socket', argv: ['config', 'images', 'pull'] },
  { flag: '--discovery-file', argv: ['join'] },
  { flag: '--discovery-file', argv: ['join', 'phase', 'preflight'] },
  { flag: '--backup', argv: ['reset', '-f'] },
  { flag: '--backup', argv: ['reset', 'phase', 'backup'] },
  { flag: '--cert-dir', argv: ['reset', '-f'] },
  { flag: '--cert-dir', argv: ['reset', 'phase', 'cleanup-node'] },
  { flag: '--kubeconfig', argv: ['reset', '-f'] },
  { flag: '--kubeconfig', argv: ['reset', 'phase', 'remove-etcd-member'] },
  { flag: '--kubeconfig', argv: ['node', 'remove', 'w1'] },
  { flag: '--cert-dir', argv: ['certs', 'renew', 'all'] },
  { flag: '--cert-dir', argv: ['certs', 'check-expiration'] },
  { flag: '--cert-dir', argv: ['certs', 'generate-csr'] },
  { flag: '--kubeconfig-dir', argv: ['certs', 'generate-csr'] },
  { flag: '--cert-dir', argv: importing },
  { flag: '--kubeconfig-dir', argv: importing },
  { flag: '--refresh-kubeconfig', argv: importing },
  { flag: '--kubeconfig', argv: ['certs', 'renew', 'all'] },
  { flag: '--refresh-kubeconfig', argv: ['certs', 'renew', 'all'] },
  { flag: '--kubeconfig', argv: ['certs', 'rotate-ca', 'prepare'] },
  { flag: '--kubeconfig', argv: ['certs', 'check-expiration'] },
  { flag: '--kubeconfig', argv: ['certs', 'approve'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'diff'] },
  { flag: '--kubeconfig', argv: ['certs', 'kubelet-serving', 'enable'] },
  { flag: '--kubeconfig', argv: ['certs', 'kubelet-serving', 'disable'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'plan'] },
  { flag: '--kubeconfig', argv: ['token', 'create'] },
  { flag: '--kubeconfig', argv: ['token', 'list'] },
  { flag: '--kubeconfig', argv: ['token', 'delete', 'abcdef'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'apply', 'v1.37.2'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'apply', 'phase', 'addon', 'v1.37.2'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'node'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'cluster', 'v1.37.2'] },
  { flag: '--binaries', argv: ['upgrade', 'cluster', 'v1.37.2'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'rollback'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'storage-migrate'] },
  { flag: '--kubeconfig', argv: ['upgrade', 'node', 'phase', 'kubelet-config'] },
]

const signCsr = ['certs', 'sign-csr', '{dir}/a file', '--name', 'apiserver']

/** Files that kadm reads or writes on its own host. */
const own: readonly Case[] = [
  { flag: '--config', argv: ['init'] },
  { flag: '--config', argv: ['init', 'phase', 'certs', 'ca'] },
  { flag: '--config', argv: ['join'] },
  { flag: '--config', argv: ['join', 'phase', 'preflight'] },
  { flag: '--config', argv: ['reset', '-f'] },
  { flag: '--config', argv: ['reset', 'phase', 'cleanup-node'] },
  { flag: '--config', argv: ['preflight'] },
  { flag: '--config', argv: ['certs', 'renew', 'all'] },
  { flag: '--config', argv: ['certs', 'check-expiration'] },
  { flag: '--config', argv: ['certs', 'generate-csr'] },
  { flag: '--out-dir', argv: ['certs', 'generate-csr'] },
  { flag: '--config', argv: importing },
  ...['--cert-dir', '--out-dir'].map(flag => ({ flag, argv: [...signCsr, '--ca-cert', 'x', '--ca-key', 'x'] })),
  { flag: '--ca-cert', argv: [...signCsr, '--ca-key', '{dir}/a file'] },
  { flag: '--ca-key', argv: [...signCsr, '--ca-cert', '{dir}/a file'] },
  { flag: '--config', argv: ['kubeconfig', 'user', '--client-name', 'x'] },
  { flag: '--config', argv: ['upgrade', 'diff'] },
  { flag: '--config', argv: ['kubeconfig', 'renew', '{dir}/a file'] },
  { flag: '--config', argv: ['upgrade', 'plan'] },
  { flag: '--config', argv: ['token', 'create'] },
  { flag: '--config', argv: ['config', 'validate'] },
  { flag: '--config', argv: ['config', 'images', 'list'] },
  { flag: '--config', argv: ['config', 'images', 'pull'] },
  { flag: '--old-config', argv: ['config', 'migrate'] },
  { flag: '--new-config', argv: ['config', 'migrate', '--old-config', '{dir}/a file'] },
  { flag: '--to', argv: ['kubeconfig', 'fetch'] },
  { flag: '--to', argv: ['kubeconfig', 'user', '--client-name', 'x'] },
  { flag: '--to', argv: ['kubeconfig', 'renew', '{dir}/a file'] },
  ...['init', 'join', 'init phase upload-certs', 'join phase preflight'].flatMap(command => {
    const argv = [...command.split(' '), ...(command.startsWith('join') ? byToken : [])]
    return [
      { flag: '--certificate-key-file', argv },
      { flag: '--token-file', argv: argv.filter(word => word !== '--token' && word !== token) },
    ]
  }),
  { flag: '--patches', argv: ['upgrade', 'diff'] },
  { flag: '--patches', argv: ['upgrade', 'plan'] },
  { flag: '--patches', argv: ['init'] },
  { flag: '--patches', argv: ['init', 'phase', 'etcd', 'local'] },
  { flag: '--patches', argv: ['join', ...byToken] },
  { flag: '--patches', argv: ['join', 'phase', 'kubelet-start', ...byToken] },
  { flag: '--token-file', argv: ['kubeconfig', 'user', '--client-name', 'x'] },
  { flag: '--token-file', argv: ['token', 'create'] },
  { flag: '--certificate-key-file', argv: ['token', 'create', '--print-join-command'] },
  { flag: '--config', argv: ['upgrade', 'apply', 'v1.37.2'] },
  { flag: '--config', argv: ['upgrade', 'apply', 'phase', 'addon', 'v1.37.2'] },
  { flag: '--config', argv: ['upgrade', 'node'] },
  { flag: '--config', argv: ['upgrade', 'cluster', 'v1.37.2'] },
  { flag: '--config', argv: ['upgrade', 'node', 'phase', 'kubelet-config'] },
  { flag: '--patches', argv: ['upgrade', 'apply', 'v1.37.2'] },
  { flag: '--patches', argv: ['upgrade', 'apply', 'phase', 'addon', 'v1.37.2'] },
  { flag: '--patches', argv: ['upgrade', 'node'] },
  { flag: '--patches', argv: ['upgrade', 'cluster', 'v1.37.2'] },
  { flag: '--patches', argv: ['upgrade', 'node', 'phase', 'kubelet-config'] },
].filter(({ flag, argv }) => !(flag === '--token-file' && argv[1] === 'phase' && argv[0] === 'init'))

const files = { 'a file': 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n' }
const withHost = ({ argv }: Case) =>
  (argv[0] === 'config' && argv[2] !== 'pull') || argv[1] === 'sign-csr' ? argv : [...argv, ...deadHost]
/** Flags of directories. */
const ofDirectory = ['--patches', '--cert-dir', '--out-dir']
const shown = ({ flag, argv }: Case) =>
  `${argv.filter(word => /^[a-z-]+$/.test(word) && !word.startsWith('-')).join(' ')} ${flag}`

/** Returns `init phase --cert-dir` for every flag with a path, at any depth of commands. */
function pathFlags(command: Command, path: readonly string[] = []): readonly string[] {
  const takesPath = command.options.filter(({ flags }) => /<(path|dir|url|path\|url)>/.test(flags))
  return [
    ...takesPath.map(({ long }) => [...path, long].join(' ')),
    ...command.commands.flatMap(sub => pathFlags(sub, [...path, sub.name()])),
  ]
}

describe('a path on the host of --host', () => {
  it.each(
    onMachine.flatMap(one =>
      ['admin.conf', './a b/c', '~/admin.conf', '../x'].map(path => ({ ...one, path, of: shown(one) })),
    ),
  )(
    'a relative path on the remote host is rejected before a connection: `kadm $of $path`',
    async ({ argv, flag, path }) => {
      const { code, stderr } = await runKadm([...argv, flag, path, ...deadHost])
      expect(code).toBe(2)
      expect(stderr).toContain(flag)
      expect(stderr).toMatch(/absolute|unix:\/\//)
    },
  )

  it.each(onMachine.map(one => ({ ...one, of: shown(one) })))(
    'an absolute path with spaces on the remote host is accepted: `kadm $of`',
    async ({ argv, flag }) => {
      expect(await runKadm([...argv, flag, '/a b/c', ...deadHost])).toMatchObject({ code: 4 })
    },
  )

  it.each(
    onMachine
      .filter(({ flag }) => !/kubeconfig-dir|backup|discovery-file/.test(flag))
      .map(one => ({ ...one, of: shown(one) })),
  )('an empty path on the remote host is ignored: `kadm $of`', async ({ argv, flag }) => {
    expect(await runKadm([...argv, `${flag}=`, ...deadHost])).toMatchObject({ code: 4 })
  })

  it.each(onMachine.filter(({ flag }) => /kubeconfig-dir|backup|discovery-file/.test(flag)))(
    'an empty path on the remote host is rejected when the flag requires one: $flag',
    async ({ argv, flag }) => {
      expect(await runKadm([...argv, `${flag}=`, ...deadHost])).toMatchObject({ code: 2 })
    },
  )
})

describe('a file on the local host', () => {
  it.each(own.map(one => ({ ...one, of: shown(one) })))(
    'a local path that is empty, missing or a directory is not an internal error: `kadm $of`',
    async one => {
      const absent = /^--(to|new-config)$/.test(one.flag) ? [] : ['no such/file', '~/no-such-kadm-file']
      for (const path of ['{dir}', '', '{dir}/a file/below', ...absent]) {
        const { code, stderr } = await runKadm([...withHost(one), one.flag, path], files)
        expect([code, stderr]).not.toEqual([70, stderr])
        if (path === '{dir}' && !ofDirectory.includes(one.flag))
          expect([code, stderr]).toEqual([2, expect.stringMatching(/directory/)])
      }
    },
  )

  it('a relative local path with spaces is resolved from the working directory', async () => {
    const seen = await runKadm(['config', 'validate', '--config', '{dir}/a file'], files)
    expect(seen).toMatchObject({ code: 0, stdout: 'ok\n' })
    expect(relative(process.cwd(), ownPath('a file'))).toBe('a file')
  })

  it('an empty --config means that there is no file, as with kubeadm', async () => {
    const argv = ['config', 'images', 'list', '--config=', '--kubernetes-version', 'v1.37.2']
    expect(await runKadm(argv)).toMatchObject({ code: 0 })
    expect(await runKadm(['init', '--config=', '--service-cidr', '10.96.0.0/16', ...deadHost])).toMatchObject({
      code: 2,
    })
  })
})

it('the tables of path flags are complete', () => {
  const words = ({ argv, flag }: Case) => {
    const depth =
      argv[1] === 'images' || argv[1] === 'kubelet-serving' || (argv[0] === 'upgrade' && argv[2] === 'phase')
        ? 3
        : [
              'phase',
              'renew',
              'rotate-ca',
              'check-expiration',
              'sign-csr',
              'generate-csr',
              'import',
              'remove',
              'create',
              'list',
              'delete',
              'fetch',
              'user',
              'approve',
              'validate',
              'migrate',
              'apply',
              'diff',
              'node',
              'cluster',
              'plan',
              'rollback',
              'storage-migrate',
            ].includes(argv[1] ?? '')
          ? 2
          : 1
    return [...argv.slice(0, depth), flag].join(' ')
  }
  const covered = new Set([...onMachine, ...own].map(words))
  // Flags of groups, and of commands that connect to no cluster.
  const others = ['token --kubeconfig', 'token generate --kubeconfig']
  expect(pathFlags(makeProgram().program).filter(one => !covered.has(one) && !others.includes(one))).toEqual([])
})

describe('a local path', () => {
  it.each([
    ['admin.conf', `${process.cwd()}/admin.conf`],
    ['../a b/c', ownPath(`${process.cwd()}/../a b/c`)],
    ['.', process.cwd()],
    ['~/x', `${homedir()}/x`],
    ['~', homedir()],
    ['~other/x', `${process.cwd()}/~other/x`],
    ['/a//b/', '/a/b'],
  ])('the path %s on the local host is resolved to %s', (given, whole) => {
    expect(machinePath(given, { by: '--kubeconfig', remote: false })).toBe(whole)
  })
})

describe('$KUBECONFIG', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('relative paths in $KUBECONFIG are resolved from the working directory', () => {
    const exists = (path: unknown) => path === `${process.cwd()}/b.conf`
    expect(kubeconfigPath({ remote: false }, { KUBECONFIG: 'a.conf:b.conf' }, exists)).toBe(`${process.cwd()}/b.conf`)
  })

  it('a relative tokenFile is read from the directory of its kubeconfig', async () => {
    const config =
      'clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\nusers: [{name: u, user: {tokenFile: "the token"}}]\n'
    const argv = ['token', 'list', '--kubeconfig', `${relative(process.cwd(), '/')}/{dir}/x.conf`]
    const seen = await runKadm(argv, { 'x.conf': config, 'the token': 'abc' })
    expect(seen).toMatchObject({ code: 1, stderr: expect.stringContaining('API_UNREACHABLE') })
    const lost = await runKadm(argv, { 'x.conf': config })
    expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining('the token, which does not exist') })
  })
})
