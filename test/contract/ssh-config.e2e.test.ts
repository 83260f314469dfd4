import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHostSpec } from '../../src/host/host-spec.ts'
import { localTransport } from '../../src/host/local/transport.ts'
import { sshSettings } from '../../src/host/ssh/config/config.ts'
import { parseConfigLines } from '../../src/host/ssh/config/lines.ts'
import { configValues } from '../../src/host/ssh/config/values.ts'
import { exec } from '../lab/exec.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-ssh-g-'))
})
afterAll(() => rm(dir, { recursive: true }))

const operator = { user: userInfo().username, home: userInfo().homedir, env: process.env }

/** Returns the configuration as ssh(1) reads it. */
async function theirs(spec: string, text: string) {
  const file = join(dir, 'config')
  await writeFile(file, text, { mode: 0o600 })
  const { host, user, port } = parseHostSpec(spec)
  const where = [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)]), host]
  const { stdout } = await exec('ssh', ['-G', '-F', file, ...where])
  const lines = stdout
    .split('\n')
    .map(line => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)] as const)
  const all = (keyword: string) => lines.flatMap(([key, value]) => (key === keyword ? [value] : []))
  const one = (keyword: string) => all(keyword)[0]
  return {
    host: one('hostname'),
    port: Number(one('port')),
    user: one('user'),
    jump: one('proxyjump'),
    command: one('proxycommand'),
    alias: one('hostkeyalias'),
    files: all('identityfile').map(path => path.replace(/^~/, operator.home)),
    // Printed without quotes.
    known: one('userknownhostsfile')?.replaceAll('~', operator.home),
    batch: one('batchmode') === 'yes',
    only: one('identitiesonly') === 'yes',
    timeout: one('connecttimeout'),
  }
}

async function ours(spec: string, text: string): Promise<Awaited<ReturnType<typeof theirs>>> {
  const parsed = parseHostSpec(spec)
  const succeeds = async (command: string) => (await localTransport().run(command)).code === 0
  const values = await configValues(parseConfigLines(text, 'config'), { spec: parsed, operator, succeeds })
  const { host, port, user, proxyJump, logIn, trust, connectTimeoutMs } = sshSettings(parsed, values, operator)
  return {
    host,
    port,
    user,
    jump: proxyJump,
    command: values.get('proxycommand')?.rest,
    alias: values.get('hostkeyalias')?.words[0],
    files: logIn.named ? [...logIn.identityFiles] : expect.any(Array),
    known: trust.userFiles.join(' '),
    batch: logIn.batch,
    only: logIn.identitiesOnly,
    timeout: values.has('connecttimeout') ? String(connectTimeoutMs / 1000) : 'none',
  }
}

describe('the SSH configuration', () => {
  it.each([
    ['an empty configuration', 'Node1', ''],
    [
      'sections',
      'node1',
      'Host node2\n Port 2\nHost node* !node3\n Port 3\n User ops\nHost *\n Port 4\n ConnectTimeout 9',
    ],
    ['a negated section', 'node3', 'Host node* !node3\n Port 3\nHost *\n Port 4'],
    ['the user and port of the command line', 'me@node1:77', 'Host node1\n User ops\n Port 3'],
    ['quotes and spaces', 'n', 'IdentityFile "/a b/c"\nIdentityFile=/d\nUserKnownHostsFile "/e f" /g\n User = "x"'],
    ['comments', 'n', '# User a\n  # User b\nUser c # d\n'],
    ['hostnames', 'n', 'HostName %h.example.org\nHostKeyAlias alias'],
    ['Match host after HostName', 'n', 'HostName target\nMatch host target\n Port 5\nMatch originalhost n\n User b'],
    ['Match with a negation', 'n', 'Match !host other\n Port 5\nMatch host n !user nobody\n User b'],
    ['Match user', 'ops@n', 'Match user ops\n Port 5\nMatch user root\n User b'],
    ['Match user of the configuration', 'n', 'User ops\nMatch user ops\n Port 5'],
    ['Match localuser', 'n', `Match localuser ${userInfo().username}\n Port 5`],
    ['Match all', 'n', 'Host other\n Port 1\nMatch all\n Port 5'],
    ['Match final', 'n', 'HostName target\nMatch final\n Port 5\nHost target\n User late'],
    ['Match final with a condition', 'n', 'HostName target\nMatch final host target\n Port 5'],
    ['Match exec', 'n', 'Match exec "test %h = n"\n Port 5\nMatch exec "test %h = m"\n User no'],
    ['Match with lists', 'abc', 'Match host a*,!abc\n Port 1\nMatch host x,abc\n Port 2'],
    ['ProxyJump', 'n', 'ProxyJump a,ops@b:2222'],
    ['ProxyJump before ProxyCommand', 'n', 'ProxyJump a\nProxyCommand nc %h %p'],
    ['ProxyCommand', 'n', 'ProxyCommand nc  -X "5"  %h %p # no comment'],
    [
      'keys of several sections',
      'n',
      'Host n\n IdentityFile /a\nHost *\n IdentityFile /b\n IdentitiesOnly yes\n BatchMode yes',
    ],
    ['times', 'n', 'ConnectTimeout 1m30s'],
  ])('kadm and ssh(1) read the same SSH settings: %s', async (_, spec, text) => {
    expect(await ours(spec, text)).toEqual(await theirs(spec, text))
  })
})

it('the table of docs/ssh.md lists every option that ssh(1) reports', async () => {
  const page = await readFile(new URL('../../docs/ssh.md', import.meta.url), 'utf8')
  const { stdout } = await exec('ssh', ['-G', '-F', '/dev/null', 'node1'])
  const names = [
    ...new Set(
      stdout
        .trim()
        .split('\n')
        .map(line => line.split(' ', 1)[0] ?? ''),
    ),
  ]
  expect(names.length).toBeGreaterThan(50)
  const table = page.slice(page.indexOf('| option | |')).toLowerCase()
  expect(
    names
      .map(name => name.toLowerCase())
      .filter(name => name !== 'host' && !name.startsWith('gssapi') && !new RegExp(`\\b${name}\\b`).test(table)),
  ).toEqual([])
})
