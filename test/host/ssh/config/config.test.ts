import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseHostSpec } from '../../../../src/host/host-spec.ts'
import { type SshSettings, sshSettings } from '../../../../src/host/ssh/config/config.ts'
import { type ConfigLine, parseConfigLines, readSshConfig } from '../../../../src/host/ssh/config/lines.ts'
import { configValues } from '../../../../src/host/ssh/config/values.ts'
import { rejection } from '../../../contract/hosts.ts'

const operator = { user: 'me', home: '/home/me', env: { SSH_AUTH_SOCK: '/run/agent.sock', KEYS: '/keys' } }

async function settle(spec: string, lines: readonly ConfigLine[], commands: string[] = []): Promise<SshSettings> {
  const succeeds = async (command: string) => {
    commands.push(command)
    return command.startsWith('true')
  }
  const parsed = parseHostSpec(spec)
  return sshSettings(parsed, await configValues(lines, { spec: parsed, operator, succeeds }), operator)
}

const variable = (name: string) => `$\{${name}}`
const resolve = (spec: string, text = '') => settle(spec, parseConfigLines(text, 'config'))

describe('the zone of an IPv6 address', () => {
  it.each([
    ['root@FE80::1%eth0.100', '', 'fe80::1%eth0.100'],
    ['root@[fe80::1%Br_0-1]:2222', '', 'fe80::1%Br_0-1'],
    ['cp1', 'HostName fe80::1%%eth0.100', 'fe80::1%eth0.100'],
    ['cp1', 'HostName FE80::1%eth0.100', 'fe80::1%eth0.100'],
    ['fe80::1%eth0.100', 'Host fe80::*%eth0.100\n  HostName %h', 'fe80::1%eth0.100'],
    ['fe80::1%eth0.100', 'CanonicalizeHostname yes\nCanonicalDomains example.org', 'fe80::1%eth0.100'],
  ])('the SSH configuration keeps the zone of the IPv6 address of %s with %j: %s', async (spec, text, host) => {
    expect(await resolve(spec, text)).toMatchObject({ host, trust: { name: expect.stringMatching(/%/) } })
  })
})

describe('the SSH settings of a host', () => {
  it('the SSH configuration has the defaults of OpenSSH, and a keepalive timeout', async () => {
    expect(await resolve('Node1')).toMatchObject({
      typed: 'Node1',
      host: 'node1',
      port: 22,
      user: 'me',
      family: 0,
      connectTimeoutMs: 10_000,
      connectionAttempts: 1,
      alive: { intervalMs: 5000, count: 3 },
      trust: {
        name: 'node1',
        port: 22,
        userFiles: ['/home/me/.ssh/known_hosts', '/home/me/.ssh/known_hosts2'],
        globalFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
        unknown: 'ask',
        hashNames: false,
        minRsaBits: 1024,
      },
      logIn: {
        methods: ['publickey', 'keyboard-interactive', 'password'],
        identityFiles: ['/home/me/.ssh/id_rsa', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_ed25519'],
        named: false,
        identitiesOnly: false,
        agent: '/run/agent.sock',
        batch: false,
        prompts: 3,
      },
    })
  })

  it.each<[string, string, string, object]>([
    ['HostName', 'node1', 'Host node1\n HostName 10.0.0.1', { host: '10.0.0.1', trust: { name: '10.0.0.1' } }],
    ['%h in HostName', 'node1', 'Host node*\n HostName %h.example.org', { host: 'node1.example.org' }],
    ['HostKeyAlias', 'n:2', 'HostName 10.0.0.1\n HostKeyAlias %n-key', { trust: { name: 'n-key', port: 22 } }],
    ['the port that known_hosts lists', 'n:2', '', { trust: { name: 'n', port: 2 } }],
    ['User and Port', 'node1', 'Host node1\n User ops\n Port 2222', { user: 'ops', port: 2222 }],
    [
      'the user and port of the command line first',
      'root@node1:22',
      'Host node1\n User ops\n Port 2222',
      { user: 'root', port: 22 },
    ],
    ['the first value', 'node1', 'Host node1\n Port 1\nHost *\n Port 2', { port: 1 }],
    ['keywords in any case', 'node1', 'host node1\n hOSTnAME other\n PORT=3', { host: 'other', port: 3 }],
    ['words after an equals sign', 'node1', 'Host=node1\n User = ops', { user: 'ops' }],
    ['comments after values', 'node1', '# User no\nUser ops # yes\n', { user: 'ops' }],
    ['lines with CRLF', 'node1', 'Host node1\r\n  User ops\r\n', { user: 'ops' }],
    ['only matching Host sections', 'node1', 'Host node2\n Port 2', { port: 22 }],
    ['negated Host sections', 'node1', 'Host * !node1\n Port 2', { port: 22 }],
    ['AddressFamily', 'n', 'AddressFamily inet6', { family: 6 }],
    ['BindAddress', 'n', 'BindAddress 127.0.0.2', { localAddress: '127.0.0.2' }],
    ['ConnectTimeout', 'n', 'ConnectTimeout 1m3s', { connectTimeoutMs: 63_000 }],
    ['ConnectionAttempts', 'n', 'ConnectionAttempts 4', { connectionAttempts: 4 }],
    ['ServerAliveInterval', 'n', 'ServerAliveInterval 7', { alive: { intervalMs: 7000, count: 3 } }],
    [
      'ServerAliveCountMax',
      'n',
      'ServerAliveInterval 2\nServerAliveCountMax 9',
      { alive: { intervalMs: 2000, count: 9 } },
    ],
    [
      'a keepalive even with ServerAliveInterval 0',
      'n',
      'ServerAliveInterval 0',
      { alive: { intervalMs: 5000, count: 3 } },
    ],
    ['HashKnownHosts', 'n', 'HashKnownHosts yes', { trust: { hashNames: true } }],
    [
      'known hosts',
      'n',
      `UserKnownHostsFile ~/a "/b c" ${variable('KEYS')}/d\nGlobalKnownHostsFile none`,
      { trust: { userFiles: ['/home/me/a', '/b c', '/keys/d'], globalFiles: [] } },
    ],
    [
      'RevokedHostKeys',
      'n',
      `RevokedHostKeys ~/revoked "/b c" ${variable('KEYS')}/d`,
      { trust: { revokedFiles: ['/home/me/revoked', '/b c', '/keys/d'] } },
    ],
    ['no revoked keys', 'n', 'RevokedHostKeys none', { trust: { revokedFiles: [] } }],
    ['RequiredRSASize', 'n', 'RequiredRSASize 3072', { trust: { minRsaBits: 3072 } }],
    ['accept-new', 'n', 'StrictHostKeyChecking accept-new', { trust: { unknown: 'accept' } }],
    ['no strict checking', 'n', 'StrictHostKeyChecking no', { trust: { unknown: 'accept' } }],
    ['no questions about keys in BatchMode', 'n', 'BatchMode yes', { trust: { unknown: 'refuse' } }],
    [
      'BatchMode with StrictHostKeyChecking no',
      'n',
      'BatchMode yes\nStrictHostKeyChecking no',
      { trust: { unknown: 'accept' } },
    ],
    ['strict checking', 'n', 'StrictHostKeyChecking yes', { trust: { unknown: 'refuse' } }],
    ['ProxyJump', 'n', 'ProxyJump ops@a:2,b', { proxyJump: 'ops@a:2,b' }],
    ['%h in ProxyJump', 'n', 'ProxyJump jump-%h', { proxyJump: 'jump-n' }],
    ['ProxyCommand', 'n:3', 'ProxyCommand nc -X 5  "%h"  %p # x', { proxyCommand: 'nc -X 5  "n"  3 # x' }],
  ])('the SSH configuration applies %s', async (_, spec, text, expected) => {
    expect(await resolve(spec, text)).toMatchObject(expected)
  })

  it.each<[string, string, object]>([
    [
      'several keys',
      'IdentityFile ~/.ssh/a\nIdentityFile "~/b c"\nIdentityFile ~/.ssh/a',
      { identityFiles: ['/home/me/.ssh/a', '/home/me/b c'], named: true },
    ],
    ['tokens', 'IdentityFile %d/%u/%h/%n/%r/%p/%%/%k', { identityFiles: ['/home/me/me/n/n/r/22/%/n'] }],
    [
      'variables',
      `IdentityFile ${variable('KEYS')}/id\nIdentityFile ${variable('NO')}/id`,
      { identityFiles: ['/keys/id'] },
    ],
    ['no keys', 'IdentityFile none', { identityFiles: [], named: true }],
    ['IdentitiesOnly', 'IdentitiesOnly yes', { identitiesOnly: true }],
    ['another agent', 'IdentityAgent ~/agent', { agent: '/home/me/agent' }],
    ['an agent from a variable', 'IdentityAgent $KEYS', { agent: '/keys' }],
    ['CertificateFile', 'CertificateFile ~/c', { certificateFiles: ['/home/me/c'] }],
    ['BatchMode', 'BatchMode yes', { batch: true }],
    ['NumberOfPasswordPrompts', 'NumberOfPasswordPrompts 1', { prompts: 1 }],
    [
      'methods by preference',
      'PreferredAuthentications password,gssapi,publickey',
      { methods: ['password', 'publickey'] },
    ],
    ['no passwords', 'PasswordAuthentication no', { methods: ['publickey', 'keyboard-interactive'] }],
    ['no questions', 'KbdInteractiveAuthentication no', { methods: ['publickey', 'password'] }],
    [
      'no questions, by the former keyword',
      'ChallengeResponseAuthentication no',
      { methods: ['publickey', 'password'] },
    ],
    ['no keys at all', 'PubkeyAuthentication no', { methods: ['keyboard-interactive', 'password'] }],
  ])('the SSH configuration logs in with %s', async (_, text, expected) => {
    expect((await resolve('r@n', text)).logIn).toMatchObject(expected)
  })

  it('the SSH configuration can disable the agent', async () => {
    expect((await resolve('n', 'IdentityAgent none')).logIn).not.toHaveProperty('agent')
  })

  it.each([
    ['ProxyJump none before ProxyCommand', 'ProxyJump none\nProxyCommand nc %h %p'],
    ['ProxyCommand none before ProxyJump', 'ProxyCommand none\nProxyJump bastion'],
    ['neither ProxyJump nor ProxyCommand', ''],
  ])('the SSH configuration connects directly with %s', async (_, text) => {
    const settings = await resolve('n', text)
    expect([settings.proxyJump, settings.proxyCommand]).toEqual([undefined, undefined])
  })

  it.each([
    ['ProxyCommand when it comes before ProxyJump', 'ProxyCommand nc %h %p\nProxyJump bastion', 'nc n 22', undefined],
    ['ProxyJump when it comes before ProxyCommand', 'ProxyJump bastion\nProxyCommand nc %h %p', undefined, 'bastion'],
  ])('the SSH configuration uses %s', async (_, text, command, jump) => {
    const settings = await resolve('n', text)
    expect([settings.proxyCommand, settings.proxyJump]).toEqual([command, jump])
  })
})

describe('Match', () => {
  it.each<[string, string, string, number]>([
    ['all', 'n', 'Match all', 4],
    ['host', 'node1', 'Match host node1', 4],
    ['host, after HostName', 'n', 'HostName node1\nMatch host node1', 4],
    ['host, not the given name', 'n', 'HostName node1\nMatch host n', 22],
    ['originalhost', 'n', 'HostName node1\nMatch originalhost n', 4],
    ['host, negated', 'n', 'Match !host node1', 4],
    ['host, negated, of this host', 'n', 'Match !host n', 22],
    ['host, with an equals sign', 'n', 'Match host=n', 4],
    ['a list', 'n', 'Match host a,n*,!nn', 4],
    ['user', 'ops@n', 'Match user ops', 4],
    ['user, from the configuration', 'n', 'User ops\nMatch user ops', 4],
    ['user, the local user by default', 'n', 'Match user me', 4],
    ['localuser', 'ops@n', 'Match localuser me', 4],
    ['two conditions', 'ops@n', 'Match host n user ops', 4],
    ['two conditions, one of them false', 'ops@n', 'Match host n user root', 22],
    ['tagged', 'n', 'Tag lab\nMatch tagged lab', 4],
    ['canonical, which never applies', 'n', 'Match canonical', 22],
    ['final', 'n', 'Match final host n', 4],
    ['final, with the name from HostName', 'n', 'HostName node1\nHost node1\n Port 5\nMatch final all\n User x', 5],
    ['exec that succeeds', 'n', 'Match exec "true %h %p"', 4],
    ['exec that fails', 'n', 'Match exec "false"', 22],
  ])('Match evaluates %s', async (_, spec, text, port) => {
    expect((await resolve(spec, `${text}\n Port 4`)).port).toBe(port)
  })

  it('Match exec runs a command only when its result matters, with the tokens of the host', async () => {
    const commands: string[] = []
    const text =
      'HostName h\nMatch host other exec "true a"\nMatch host h exec "true %n %h %r"\nHost x\nMatch exec "true c"'
    await settle('ops@n', parseConfigLines(text, 'config'), commands)
    expect(commands).toEqual(['true n h ops', 'true c'])
  })

  it.each(['Match localnetwork 10.0.0.0/8', 'Match host', 'Match sessiontype shell'])(
    'the SSH configuration rejects the unsupported condition of "%s"',
    async text => {
      const error = await rejection(resolve('n', `\n${text}\n Port 4`))
      expect(error.code).toBe('NOT_BUILT')
      expect(error.message).toContain(`config:2 (${text})`)
    },
  )
})

describe('an unsafe name', () => {
  it.each([
    ['ProxyCommand', 'hostname', 'HostName x$(id>pwned)\nProxyCommand nc %h %p'],
    ['ProxyCommand', 'remote username', 'User x`id`\nProxyCommand nc %r %h'],
    ['Match exec', 'hostname', 'HostName x;id\nMatch exec "true %h"'],
    ['Match exec', 'remote username', 'User x|id\nMatch exec "true %r"'],
  ])('%s does not run with an unsafe %s from the configuration', async (_, what, text) => {
    const commands: string[] = []
    const error = await rejection(settle('node1', parseConfigLines(text, 'config'), commands))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain('the SSH configuration of node1 leads to "')
    expect(error.message).toContain(`${what} contains invalid characters`)
    expect(commands).toEqual([])
  })
})

describe('unsupported settings', () => {
  it.each([
    ['CanonicalizeHostname', 'CanonicalizeHostname yes\nCanonicalDomains example.org'],
    ['BindInterface', 'BindInterface eth0'],
    ['ProxyUseFdpass', 'ProxyCommand nc -F %h %p\nProxyUseFdpass yes'],
    ['Ciphers', 'Ciphers none-such'],
  ])('the SSH configuration rejects the unsupported setting %s', async (name, text) => {
    const error = await rejection(resolve('node1', text))
    expect(error.code).toBe('NOT_BUILT')
    expect(error.message).toContain(name)
  })

  it('the SSH configuration accepts CanonicalizeHostname when it has no effect', async () => {
    const text = 'CanonicalizeHostname yes\nCanonicalDomains example.org'
    for (const spec of ['10.0.0.1', 'node1.lab.example.org', 'fd00::1'])
      expect((await resolve(spec, text)).host).toBe(spec)
    expect((await resolve('node1', 'CanonicalizeHostname yes')).host).toBe('node1')
  })

  it('the SSH configuration applies RefuseConnection', async () => {
    const error = await rejection(resolve('old', 'Host old\n RefuseConnection "it is gone"'))
    expect([error.code, error.message]).toEqual(['HOST_UNREACHABLE', 'the SSH configuration refuses old: it is gone'])
  })

  it.each(['Port ssh', 'Port 0', 'Port 65536', 'ConnectTimeout soon', 'AddressFamily 4'])(
    'the SSH configuration rejects the value of "%s"',
    async text => {
      const error = await rejection(resolve('n', text))
      expect(error.code).toBe('USAGE')
      expect(error.message).toContain(`has ${text}:`)
    },
  )
})

describe('RevokedHostKeys', () => {
  it('RevokedHostKeys is an error when its variable is not set', async () => {
    const error = await rejection(resolve('n', `RevokedHostKeys ${variable('NO')}/revoked`))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain('RevokedHostKeys')
    expect(error.message).toContain('its variable is not set')
  })
})

describe('algorithms', () => {
  const aes = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr']
  const chacha = 'chacha20-poly1305@openssh.com'
  it.each<[string, readonly string[]]>([
    ['', [...aes, chacha]],
    ['Ciphers aes256-ctr,aes128-ctr', ['aes256-ctr', 'aes128-ctr']],
    ['Ciphers aes256-ctr,unheard-of', ['aes256-ctr']],
    ['Ciphers -*gcm*,chacha*', ['aes128-ctr', 'aes192-ctr', 'aes256-ctr']],
    ['Ciphers +aes128-cbc', [...aes, chacha, 'aes128-cbc']],
    ['Ciphers ^aes256-ctr', ['aes256-ctr', ...aes.slice(0, 4), chacha]],
  ])('the SSH configuration selects the ciphers of "%s"', async (text, cipher) => {
    expect((await resolve('n', text)).algorithms.cipher).toEqual(cipher)
  })

  it('the SSH configuration does not sign with SHA-1 by default', async () => {
    expect((await resolve('n')).algorithms.hostKey).not.toContain('ssh-rsa')
    expect((await resolve('n', 'HostKeyAlgorithms +ssh-rsa')).algorithms.hostKey.at(-1)).toBe('ssh-rsa')
    expect((await resolve('n', 'PubkeyAcceptedKeyTypes ssh-rsa')).algorithms.userKey).toEqual(['ssh-rsa'])
  })

  it('the SSH configuration can enable compression', async () => {
    expect((await resolve('n', 'Compression yes')).algorithms.compress).toEqual(['zlib@openssh.com', 'none'])
  })
})

describe('the configuration files', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kadm-ssh-'))
    await mkdir(join(home, '.ssh/config.d'), { recursive: true })
  })
  afterEach(() => rm(home, { recursive: true }))
  const own = async (spec: string) =>
    settle(
      spec,
      (await readSshConfig(home)).filter(line => !line.file.startsWith('/etc')),
    )
  const write = (name: string, text: string) => writeFile(join(home, '.ssh', name), text)

  it('the SSH configuration is empty when its files are missing', async () => {
    expect(await own('node1')).toMatchObject({ host: 'node1', port: 22 })
  })

  it('Include reads files by pattern, from the home directory or the directory of the file', async () => {
    await write('config', 'Include config.d/*.conf ~/.ssh/more\nUser last\n')
    await write('config.d/b.conf', 'Host node2\n Port 2\n')
    await write('config.d/a.conf', 'Host node1\n Port 1\n')
    await write('config.d/skipped', 'User skipped\n')
    await write('more', 'Host node3\n Port 3\n')
    const all = await Promise.all(['node1', 'node2', 'node3', 'node4'].map(own))
    expect(all.map(one => [one.port, one.user])).toEqual([1, 2, 3, 22].map(port => [port, 'last']))
  })

  it.each([
    ['conf.d/*/config', 'a/config b/config'],
    ['conf.d/?/config conf.d/x', 'a/config b/config x'],
    ['~/.ssh/conf.d/[a-b]/c*', 'a/config b/config'],
    ['conf.d/[!a]/config', 'b/config'],
    ['conf.d/[^a]/config', 'b/config'],
    ['conf.d/[[:alpha:]]/config', 'a/config b/config'],
    ['conf.d/[]a]/config', 'a/config'],
    ['conf.d/[b-a]/config', ''],
    ['conf.d/*', '[x] x'],
    ['conf.d/.h*/config', '.hidden/config'],
    ['conf.d/a/../b/config', 'b/config'],
    ['conf.d/\\[x]', '[x]'],
    ['missing/*/config conf.d/*/missing', ''],
  ])('Include expands %s as glob(7) does', async (pattern, files) => {
    for (const name of ['a/config', 'b/config', '.hidden/config', 'ab/other', 'x', '[x]']) {
      await mkdir(join(home, '.ssh/conf.d', name, '..'), { recursive: true })
      await write(`conf.d/${name}`, `IdentityFile /${name}\n`)
    }
    await write('config', `Include ${pattern}\nIdentityFile none\n`)
    expect((await own('n')).logIn.identityFiles).toEqual(files.split(' ').flatMap(one => (one === '' ? [] : `/${one}`)))
  })

  it('Include rejects files of the home directory of another user', async () => {
    await write('config', 'Port 5\nInclude ~ops/.ssh/config\n')
    const error = await rejection(readSshConfig(home))
    expect(error.code).toBe('NOT_BUILT')
    expect(error.message).toContain('.ssh/config:2 (Include ~ops/.ssh/config): ')
    expect(error.message).toContain('the home directory of ops')
  })

  it('Include applies the included files only at its position', async () => {
    await write('config', 'Host node1\n Include config.d/a\n User ops\n')
    await write('config.d/a', 'Port 7\nHost *\n HostName 10.0.0.1\n')
    expect(await own('node1')).toMatchObject({ port: 7, host: '10.0.0.1', user: 'ops' })
    expect(await own('node2')).toMatchObject({ port: 22, host: 'node2', user: 'me' })
  })

  it('Include stops when files include themselves', async () => {
    await write('config', 'Include config\nPort 5\n')
    expect((await own('node1')).port).toBe(5)
  })

  it.each([0o664, 0o646])('the SSH configuration rejects files that other users can write (mode %o)', async mode => {
    await write('config', 'Port 5\n')
    await chmod(join(home, '.ssh/config'), mode)
    const error = await rejection(readSshConfig(home, process.getuid?.()))
    expect(error.message).toBe(`${join(home, '.ssh/config')} is writable by other users`)
  })
})
