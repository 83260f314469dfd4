import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseHostSpec } from '../../src/host/host-spec.ts'
import { resolveSshSettings } from '../../src/host/ssh-config.ts'
import { readSshConfigs } from '../../src/host/ssh-files.ts'
import { rejection } from '../contract/hosts.ts'

const operator = { user: 'me', home: '/home/me', agent: '/run/agent.sock' }
const resolve = (spec: string, ...texts: string[]) => resolveSshSettings(parseHostSpec(spec), texts, operator)

describe('resolveSshSettings', () => {
  it('takes what OpenSSH takes when nothing is configured', () => {
    expect(resolve('node1')).toEqual({
      host: 'node1',
      port: 22,
      user: 'me',
      agent: '/run/agent.sock',
      userKnownHosts: ['/home/me/.ssh/known_hosts', '/home/me/.ssh/known_hosts2'],
      globalKnownHosts: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      knownAs: 'node1',
      acceptNewHostKeys: false,
      hashKnownHosts: false,
      connectTimeoutMs: 10_000,
    })
  })

  it.each([
    ['HostName', 'node1', 'Host node1\n HostName 10.0.0.1', { host: '10.0.0.1', knownAs: '10.0.0.1' }],
    ['%h in HostName', 'node1', 'Host node*\n HostName %h.example.org', { host: 'node1.example.org' }],
    ['HostKeyAlias', 'node1', 'Host node1\n HostName 10.0.0.1\n HostKeyAlias n', { host: '10.0.0.1', knownAs: 'n' }],
    ['User and Port', 'node1', 'Host node1\n User ops\n Port 2222', { user: 'ops', port: 2222 }],
    ['what was typed over it', 'root@node1:22', 'Host node1\n User ops\n Port 2222', { user: 'root', port: 22 }],
    ['the first value', 'node1', 'Host node1\n Port 1\nHost *\n Port 2', { port: 1 }],
    ['keywords in any case', 'node1', 'host node1\n hOSTnAME other\n PORT=3', { host: 'other', port: 3 }],
    ['not the section of others', 'node1', 'Host node2\n Port 2', { port: 22 }],
    ['not a negated section', 'node1', 'Host * !node1\n Port 2', { port: 22 }],
    ['Match host', 'node1', 'Match host node1\n Port 4', { port: 4 }],
    [
      'several keys',
      'n',
      'IdentityFile ~/.ssh/a\nIdentityFile "~/b c"',
      { identityFiles: ['/home/me/.ssh/a', '/home/me/b c'] },
    ],
    ['tokens', 'r@n', 'IdentityFile %d/%u/%h/%r/%p/%%', { identityFiles: ['/home/me/me/n/r/22/%'] }],
    ['no keys', 'n', 'IdentityFile none', { identityFiles: [] }],
    [
      'known hosts',
      'n',
      'UserKnownHostsFile ~/a /b\nGlobalKnownHostsFile /c',
      { userKnownHosts: ['/home/me/a', '/b'], globalKnownHosts: ['/c'] },
    ],
    ['accept-new', 'n', 'StrictHostKeyChecking accept-new', { acceptNewHostKeys: true }],
    ['no strict checking', 'n', 'StrictHostKeyChecking no', { acceptNewHostKeys: true }],
    ['strict checking', 'n', 'StrictHostKeyChecking yes', { acceptNewHostKeys: false }],
    ['asking, as there is nobody to ask', 'n', 'StrictHostKeyChecking ask', { acceptNewHostKeys: false }],
    ['HashKnownHosts', 'n', 'HashKnownHosts yes', { hashKnownHosts: true }],
    ['ConnectTimeout', 'n', 'ConnectTimeout 3', { connectTimeoutMs: 3000 }],
    ['another agent', 'n', 'IdentityAgent ~/agent', { agent: '/home/me/agent' }],
    ['ProxyJump none', 'n', 'ProxyJump none', { host: 'n' }],
  ])('takes %s', (_, spec, text, expected) => {
    expect(resolve(spec, text)).toMatchObject(expected)
  })

  it('leaves the agent out where the configuration does', () => {
    expect(resolve('n', 'IdentityAgent none')).not.toHaveProperty('agent')
  })

  it('takes the first file before the second, and the keys of both', () => {
    const settings = resolve('n', 'Port 1\nIdentityFile /a', 'Port 2\nUser ops\nIdentityFile /b')
    expect(settings).toMatchObject({ port: 1, user: 'ops', identityFiles: ['/a', '/b'] })
  })

  it.each([
    ['ProxyJump', 'Host node1\n ProxyJump bastion', 'ProxyJump bastion'],
    ['ProxyCommand', 'Host *\n ProxyCommand nc -X connect %h %p', 'ProxyCommand nc -X connect %h %p'],
  ])('refuses %s by name', async (_, text, shown) => {
    const error = await rejection(Promise.resolve().then(() => resolve('node1', text)))
    expect(error.code).toBe('NOT_BUILT')
    expect(error.message).toContain(`node1 has ${shown}`)
  })
})

describe('the configuration files', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kadm-ssh-'))
    await mkdir(join(home, '.ssh/config.d'), { recursive: true })
  })
  afterEach(() => rm(home, { recursive: true }))
  const settings = async (spec: string) =>
    resolveSshSettings(parseHostSpec(spec), (await readSshConfigs(home)).slice(0, 1), { user: 'me', home })

  it('are empty when they are missing', async () => {
    expect(await settings('node1')).toMatchObject({ host: 'node1', port: 22 })
  })

  it('include others, by pattern, from the home folder or beside the file', async () => {
    await writeFile(join(home, '.ssh/config'), 'Include config.d/*.conf ~/.ssh/more\nUser last\n')
    await writeFile(join(home, '.ssh/config.d/b.conf'), 'Host node2\n Port 2\n')
    await writeFile(join(home, '.ssh/config.d/a.conf'), 'Host node1\n Port 1\n')
    await writeFile(join(home, '.ssh/config.d/skipped'), 'User skipped\n')
    await writeFile(join(home, '.ssh/more'), 'Host node3\n Port 3\n')
    const all = await Promise.all(['node1', 'node2', 'node3', 'node4'].map(settings))
    expect(all.map(one => [one.port, one.user])).toEqual([1, 2, 3, 22].map(port => [port, 'last']))
  })

  it('do not run on when they include themselves', async () => {
    await writeFile(join(home, '.ssh/config'), 'Include config\nPort 5\n')
    expect((await settings('node1')).port).toBe(5)
  })

  it('run no command', async () => {
    await writeFile(join(home, '.ssh/config'), `Match exec "touch ${home}/ran"\n Port 6\n`)
    expect((await settings('node1')).port).toBe(22)
    expect(existsSync(join(home, 'ran'))).toBe(false)
  })
})
