import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { type SshOptions, sshConnector } from '../../src/host/connect-host.ts'
import type { ConnectedHost } from '../../src/host/host.ts'
import { hostContract, type Machine, readLength, rejection } from './hosts.ts'
import { realHostContract } from './real-hosts.ts'
import { passwordUser, useSshLab } from './ssh-lab.ts'

const at = useSshLab('hosts')
const options = at.options

/** Only root can use the echo socket, so that the sudo user needs a bridge. */
const echoSocket = '/run/echo.sock'
const echoPort = 7007

beforeAll(async () => {
  const serve = (unit: string, listen: string) =>
    at.node.run(['systemd-run', '--quiet', `--unit=${unit}`, 'socat', listen, 'EXEC:cat'])
  await serve('echo-port', `TCP-LISTEN:${echoPort},fork,reuseaddr`)
  await serve('echo-socket', `UNIX-LISTEN:${echoSocket},fork,mode=0600`)
  await at.node.run(`until test -S ${echoSocket}; do sleep 0.05; done`)
  await at.sshd(2361, 'ListenAddress 127.0.0.1')
})

const connectSsh = (spec: string, opts: SshOptions) => sshConnector(opts).connect(spec)

async function machine(connected: Promise<ConnectedHost>): Promise<Machine> {
  const host = await connected
  const dir = `/root/contract-${Math.random()}`
  await host.writeFile({ path: dir, dir: true })
  const echoes = [{ host: '127.0.0.1', port: echoPort }, { socket: echoSocket }] as const
  return { host, dir, echoes, closed: { host: '127.0.0.1', port: 1 }, stop: async () => {} }
}

/** As root on the node's own loopback, through a user without other rights there. */
async function throughJumpHost(): Promise<ConnectedHost> {
  const file = join(at.home, 'known-inside')
  const names = [at.node.address, '[127.0.0.1]:2361']
  await writeFile(file, names.map(name => `${name} ${at.node.hostPublicKey}\n`).join(''))
  await at.config(`Host 127.0.0.1\n ProxyJump ${at.node.ssh('guest')}\n`)
  return connectSsh('root@127.0.0.1:2361', options({ knownHostsFiles: [file] })).finally(() => at.config(''))
}

const ways: readonly (readonly [title: string, connect: () => Promise<ConnectedHost>])[] = [
  ['as root', () => connectSsh(at.node.ssh('root'), options())],
  ['with sudo', () => connectSsh(at.node.ssh('ops'), options())],
  [
    'with sudo and its password',
    () =>
      connectSsh(`${passwordUser.name}@${at.node.address}`, options({ sudoPassword: secret(passwordUser.password) })),
  ],
  ['through a jump host', throughJumpHost],
]

for (const [title, connect] of ways) {
  hostContract(`a host over SSH ${title}`, () => machine(connect()))
  realHostContract(`a host over SSH ${title}, with real processes`, () => machine(connect()))
}

describe('a host over SSH', () => {
  const connect = at.connect
  afterEach(() => at.config(''))

  it('an SSH host keeps the old file when the connection is lost during a write', async () => {
    const [host, other] = await Promise.all([connect(at.node.ssh()), connect(at.node.ssh())])
    await host.writeFile({ path: '/root/lost/file', content: 'old' })
    const source = new PassThrough()
    const writing = rejection(host.writeStream({ path: '/root/lost/file', source }))
    source.write(Buffer.alloc(1_000_000, 'x'))
    await expect.poll(() => other.list('/root/lost')).toHaveLength(2)
    await host.close()
    expect((await writing).code).toBe('HOST_UNREACHABLE')
    await expect.poll(() => other.list('/root/lost')).toEqual(['file'])
    expect(Buffer.from((await other.readFile('/root/lost/file')) ?? []).toString()).toBe('old')
  })

  it('an SSH host keeps the old file when the disk is full', async () => {
    const host = await connect(at.node.ssh())
    await at.node.run('mkdir -p /mnt/small && mount -t tmpfs -o size=64k none /mnt/small')
    await host.writeFile({ path: '/mnt/small/file', content: 'old' })
    const error = await rejection(host.writeFile({ path: '/mnt/small/file', content: 'x'.repeat(100_000) }))
    expect(error.code).toBe('HOST_FILE')
    expect(error.message).toContain('No space left on device')
    expect(await host.list('/mnt/small')).toEqual(['file'])
    expect(Buffer.from((await host.readFile('/mnt/small/file')) ?? []).toString()).toBe('old')
  })

  it('an SSH host does not remove file systems that are mounted below a directory', async () => {
    const host = await connect(at.node.ssh())
    await at.node.run(
      'mkdir -p /mnt/outer/inner && mount -t tmpfs none /mnt/outer/inner && touch /mnt/outer/inner/data',
    )
    expect((await rejection(host.remove('/mnt/outer'))).code).toBe('HOST_FILE')
    expect(await host.list('/mnt/outer/inner')).toEqual(['data'])
  })

  it('an SSH host creates files owned by root, or by the requested owner, for any login user', async () => {
    const host = await connect(at.node.ssh('ops'))
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'x' })
    expect((await host.stat('/etc/kubernetes/file'))?.owner).toBe('root:root')
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'x', owner: 'ops:ops' })
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'y' })
    expect((await host.stat('/etc/kubernetes/file'))?.owner).toBe('ops:ops')
  })

  it('an SSH host connects to the container runtime as root and leaves no bridge behind', async () => {
    const host = await connectSsh(at.node.ssh('ops'), options())
    const stream = await host.connect({ socket: '/run/containerd/containerd.sock' })
    stream.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
    expect((await readLength(stream, 9)).length).toBeGreaterThanOrEqual(9)
    expect((await bridges()).length).toBeGreaterThan(0)
    await host.close()
    expect(await bridges()).toEqual([])
  })

  it('an SSH host removes its bridges when the connection is lost', async () => {
    const host = await connect(at.node.ssh('ops'))
    await host.connect({ socket: echoSocket })
    expect((await bridges()).length).toBeGreaterThan(0)
    await at.node.run('pkill -KILL -f "^sshd: ops"')
    await at.node.run('while ls -d /run/kadm-bridge-* >/dev/null 2>&1; do sleep 0.1; done', { timeoutMs: 20_000 })
    expect(await bridges()).toEqual([])
  })

  it('an SSH host names itself and the running command when the connection is lost', async () => {
    const host = await connect(at.node.ssh())
    const running = rejection(host.exec(['sleep', '60']))
    await at.node.run('until pgrep -x sleep; do sleep 0.05; done; pkill -KILL -f "^sshd: root"')
    const error = await running
    expect(error.code).toBe('HOST_UNREACHABLE')
    expect(error.message).toContain(`lost the connection to ${at.node.address} during sleep 60`)
    expect((await rejection(host.query(['true']))).code).toBe('HOST_UNREACHABLE')
  })

  it('connecting to a host asks for a sudoers line when the login user cannot become root', async () => {
    const error = await rejection(connectSsh(at.node.ssh('guest'), options()))
    expect(error.code).toBe('HOST_SUDO')
    expect(error.hint).toContain('guest ALL=(ALL) NOPASSWD: ALL')
  })

  it('connecting to a host refuses an unknown host key and shows it', async () => {
    const error = await rejection(connectSsh(at.node.ssh(), options({ knownHostsFiles: ['/dev/null'] })))
    expect(error.code).toBe('HOST_KEY_UNKNOWN')
    const { stdout } = await at.node.run(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub'])
    expect(error.message).toContain(`ssh-ed25519 ${stdout.split(' ')[1]}`)
    expect(error.hint).toContain('--accept-new-host-keys')
  })

  it.each(['no', 'yes'])(
    'connecting to a host adds an accepted host key to known_hosts (HashKnownHosts %s)',
    async hashed => {
      const config = `HashKnownHosts ${hashed}\nUserKnownHostsFile %d/new/${hashed}\n`
      await at.config(config)
      const identityFiles = [at.lab.sshKeyPath]
      const notes: string[] = []
      const where = { home: at.home, user: 'root', env: {}, identityFiles, note: (text: string) => notes.push(text) }
      const file = join(at.home, 'new', hashed)
      for (const acceptNewHostKeys of [true, false]) {
        const host = await connectSsh(at.node.address, { ...where, acceptNewHostKeys })
        await host.close()
      }
      const line = await readFile(file, 'utf8')
      expect(line.includes(at.node.address)).toBe(hashed === 'no')
      await at.node.writeFile('/tmp/known', line)
      expect((await at.node.run(['ssh-keygen', '-F', at.node.address, '-f', '/tmp/known'])).stdout).toContain('found')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await stat(join(at.home, 'new'))).mode & 0o777).toBe(0o700)
      expect(notes).toEqual([`accepted the host key of ${at.node.address} and added it to ${file}`])
    },
  )

  it('connecting to a host never accepts a changed host key, and names the line', async () => {
    const file = join(at.home, 'changed')
    const known = await readFile(at.lab.knownHostsPath, 'utf8')
    await writeFile(file, `# first\n${known.replace(/(AAAA\S{10}).{40}/, `$1${'A'.repeat(40)}`)}`)
    const error = await rejection(
      connectSsh(at.node.ssh(), options({ knownHostsFiles: [file], acceptNewHostKeys: true })),
    )
    expect(error.code).toBe('HOST_KEY_CHANGED')
    expect(error.message).toContain(`${file}:2`)
  })

  it('connecting to a host reports what it tried when no key is accepted', async () => {
    const key = join(at.home, 'other')
    await at.node.run(['rm', '-f', '/tmp/other', '/tmp/other.pub'])
    await at.node.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/tmp/other'])
    await writeFile(key, await at.node.readFile('/tmp/other'), { mode: 0o600 })
    const error = await rejection(connectSsh(at.node.ssh(), options({ identityFiles: [key] })))
    expect(error.code).toBe('HOST_AUTH')
    expect(error.message).toContain(key)
  })

  it('connecting to a host reports an encrypted key', async () => {
    const key = join(at.home, 'encrypted')
    await copyFile(at.lab.sshKeyPath, key)
    await chmod(key, 0o600)
    await at.node.writeFile('/tmp/encrypted', await readFile(key, 'utf8'), '0600')
    await at.node.run(['ssh-keygen', '-q', '-p', '-N', 'passphrase', '-f', '/tmp/encrypted'])
    await writeFile(key, await at.node.readFile('/tmp/encrypted'), { mode: 0o600 })
    const error = await rejection(connectSsh(at.node.ssh(), options({ identityFiles: [key] })))
    expect(error.code).toBe('HOST_AUTH')
    expect(error.hint).toContain(`${key} needs its passphrase`)
  })

  it('connecting to a host names a host that does not answer', async () => {
    const error = await rejection(connectSsh(`root@${at.node.address}:1`, options()))
    expect(error.code).toBe('HOST_UNREACHABLE')
    expect(error.message).toContain(`root@${at.node.address}:1`)
  })
})

async function bridges(): Promise<string[]> {
  const { stdout } = await at.node.run(
    'ls -d /run/kadm-bridge-* 2>/dev/null; systemctl list-units --all --plain --no-legend "kadm-bridge-*"',
  )
  return stdout.split('\n').filter(line => line !== '')
}
