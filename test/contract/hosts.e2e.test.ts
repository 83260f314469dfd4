import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SshOptions, sshConnector } from '../../src/host/connect-host.ts'
import type { ConnectedHost } from '../../src/host/host.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { hostContract, type Machine, readLength, rejection } from './hosts.ts'
import { realHostContract } from './real-hosts.ts'

let lab: Lab
let node: LabNode
let home: string

/** The echo socket is root's alone, so that the sudo user needs a bridge to it. */
const echoSocket = '/run/echo.sock'
const echoPort = 7007

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kadm-home-'))
  lab = await startLab({ name: 'hosts' })
  node = await lab.startNode({ name: 'n1' })
  const serve = (unit: string, listen: string) =>
    node.run(['systemd-run', '--quiet', `--unit=${unit}`, 'socat', listen, 'EXEC:cat'])
  await serve('echo-port', `TCP-LISTEN:${echoPort},fork,reuseaddr`)
  await serve('echo-socket', `UNIX-LISTEN:${echoSocket},fork,mode=0600`)
  await node.run(`until test -S ${echoSocket}; do sleep 0.05; done`)
})

afterAll(async () => {
  await lab?.stop()
  await rm(home, { recursive: true, force: true })
})

function options(more: Partial<SshOptions> = {}): SshOptions {
  const files = { identityFiles: [lab.sshKeyPath], knownHostsFiles: [lab.knownHostsPath] }
  return { home, user: 'nobody', env: {}, ...files, ...more }
}

const connectSsh = (spec: string, opts: SshOptions) => sshConnector(opts).connect(spec)

async function machine(user: 'root' | 'ops'): Promise<Machine> {
  const host = await connectSsh(node.ssh(user), options())
  const dir = `/root/contract-${user}-${Math.random()}`
  await host.writeFile({ path: dir, dir: true })
  const echoes = [{ host: '127.0.0.1', port: echoPort }, { socket: echoSocket }] as const
  return { host, dir, echoes, closed: { host: '127.0.0.1', port: 1 }, stop: async () => {} }
}

for (const user of ['root', 'ops'] as const) {
  hostContract(`a host over SSH as ${user}`, () => machine(user))
  realHostContract(`a host over SSH as ${user}, with real processes`, () => machine(user))
}

describe('a host over SSH', () => {
  const open: ConnectedHost[] = []
  const connect = async (spec: string, more: Partial<SshOptions> = {}) => {
    const host = await connectSsh(spec, options(more))
    open.push(host)
    return host
  }
  afterAll(() => Promise.all(open.map(host => host.close())))

  it('leaves the old file whole when the disk is full', async () => {
    const host = await connect(node.ssh())
    await node.run('mkdir -p /mnt/small && mount -t tmpfs -o size=64k none /mnt/small')
    await host.writeFile({ path: '/mnt/small/file', content: 'old' })
    const error = await rejection(host.writeFile({ path: '/mnt/small/file', content: 'x'.repeat(100_000) }))
    expect(error.code).toBe('HOST_FILE')
    expect(error.message).toContain('No space left on device')
    expect(await host.list('/mnt/small')).toEqual(['file'])
    expect(Buffer.from((await host.readFile('/mnt/small/file')) ?? []).toString()).toBe('old')
  })

  it('does not remove what is mounted below a folder', async () => {
    const host = await connect(node.ssh())
    await node.run('mkdir -p /mnt/outer/inner && mount -t tmpfs none /mnt/outer/inner && touch /mnt/outer/inner/data')
    expect((await rejection(host.remove('/mnt/outer'))).code).toBe('HOST_FILE')
    expect(await host.list('/mnt/outer/inner')).toEqual(['data'])
  })

  it('gives files to root when the login user is another, and to whom is asked', async () => {
    const host = await connect(node.ssh('ops'))
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'x' })
    expect((await host.stat('/etc/kubernetes/file'))?.owner).toBe('root:root')
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'x', owner: 'ops:ops' })
    await host.writeFile({ path: '/etc/kubernetes/file', content: 'y' })
    expect((await host.stat('/etc/kubernetes/file'))?.owner).toBe('ops:ops')
  })

  it('reaches the container runtime, which only root may use, and leaves nothing behind', async () => {
    const host = await connectSsh(node.ssh('ops'), options())
    const stream = await host.connect({ socket: '/run/containerd/containerd.sock' })
    stream.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
    expect((await readLength(stream, 9)).length).toBeGreaterThanOrEqual(9)
    expect((await bridges()).length).toBeGreaterThan(0)
    await host.close()
    expect(await bridges()).toEqual([])
  })

  it('takes bridges down when the connection is lost', async () => {
    const host = await connect(node.ssh('ops'))
    await host.connect({ socket: echoSocket })
    expect((await bridges()).length).toBeGreaterThan(0)
    await node.run('pkill -KILL -f "^sshd: ops"')
    await node.run('while ls -d /run/kadm-bridge-* >/dev/null 2>&1; do sleep 0.1; done', { timeoutMs: 20_000 })
    expect(await bridges()).toEqual([])
  })

  it('names the host and what ran when the connection is lost', async () => {
    const host = await connect(node.ssh())
    const running = rejection(host.exec(['sleep', '60']))
    await node.run('until pgrep -x sleep; do sleep 0.05; done; pkill -KILL -f "^sshd: root"')
    const error = await running
    expect(error.code).toBe('HOST_UNREACHABLE')
    expect(error.message).toContain(`lost the connection to ${node.address} during sleep 60`)
    expect((await rejection(host.query(['true']))).code).toBe('HOST_UNREACHABLE')
  })

  it('asks for a sudoers line where the login user may not become root', async () => {
    const error = await rejection(connectSsh(node.ssh('guest'), options()))
    expect(error.code).toBe('HOST_SUDO')
    expect(error.hint).toContain('guest ALL=(ALL) NOPASSWD: ALL')
  })

  it('refuses a host key that is not known, and shows it', async () => {
    const error = await rejection(connectSsh(node.ssh(), options({ knownHostsFiles: ['/dev/null'] })))
    expect(error.code).toBe('HOST_KEY_UNKNOWN')
    const { stdout } = await node.run(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub'])
    expect(error.message).toContain(`ssh-ed25519 ${stdout.split(' ')[1]}`)
    expect(error.hint).toContain('--accept-new-host-keys')
  })

  it.each(['no', 'yes'])('remembers a host key that it was told to accept (HashKnownHosts %s)', async hashed => {
    const config = `HashKnownHosts ${hashed}\nUserKnownHostsFile %d/new/${hashed}\n`
    await mkdir(join(home, '.ssh'), { recursive: true })
    await writeFile(join(home, '.ssh/config'), config)
    const identityFiles = [lab.sshKeyPath]
    const notes: string[] = []
    const where = { home, user: 'root', env: {}, identityFiles, note: (text: string) => notes.push(text) }
    const file = join(home, 'new', hashed)
    for (const acceptNewHostKeys of [true, false]) {
      const host = await connectSsh(node.address, { ...where, acceptNewHostKeys })
      await host.close()
    }
    const line = await readFile(file, 'utf8')
    expect(line.includes(node.address)).toBe(hashed === 'no')
    await node.writeFile('/tmp/known', line)
    expect((await node.run(['ssh-keygen', '-F', node.address, '-f', '/tmp/known'])).stdout).toContain('found')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, 'new'))).mode & 0o777).toBe(0o700)
    expect(notes).toEqual([`accepted the host key of ${node.address} and added it to ${file}`])
  })

  it('never accepts a changed host key, and names the line', async () => {
    const file = join(home, 'changed')
    const known = await readFile(lab.knownHostsPath, 'utf8')
    await writeFile(file, `# first\n${known.replace(/(AAAA\S{10}).{40}/, `$1${'A'.repeat(40)}`)}`)
    const error = await rejection(connectSsh(node.ssh(), options({ knownHostsFiles: [file], acceptNewHostKeys: true })))
    expect(error.code).toBe('HOST_KEY_CHANGED')
    expect(error.message).toContain(`${file}:2`)
  })

  it('says what it tried when no key is accepted', async () => {
    const key = join(home, 'other')
    await node.run(['rm', '-f', '/tmp/other', '/tmp/other.pub'])
    await node.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/tmp/other'])
    await writeFile(key, await node.readFile('/tmp/other'), { mode: 0o600 })
    const error = await rejection(connectSsh(node.ssh(), options({ identityFiles: [key] })))
    expect(error.code).toBe('HOST_AUTH')
    expect(error.message).toContain(key)
  })

  it('says that a key is encrypted', async () => {
    const key = join(home, 'encrypted')
    await copyFile(lab.sshKeyPath, key)
    await chmod(key, 0o600)
    await node.writeFile('/tmp/encrypted', await readFile(key, 'utf8'), '0600')
    await node.run(['ssh-keygen', '-q', '-p', '-N', 'passphrase', '-f', '/tmp/encrypted'])
    await writeFile(key, await node.readFile('/tmp/encrypted'), { mode: 0o600 })
    const error = await rejection(connectSsh(node.ssh(), options({ identityFiles: [key] })))
    expect(error.code).toBe('HOST_AUTH')
    expect(error.hint).toContain(`${key} needs its passphrase`)
  })

  it('says which machine does not answer', async () => {
    const error = await rejection(connectSsh(`root@${node.address}:1`, options()))
    expect(error.code).toBe('HOST_UNREACHABLE')
    expect(error.message).toContain(`root@${node.address}:1`)
  })
})

async function bridges(): Promise<string[]> {
  const { stdout } = await node.run(
    'ls -d /run/kadm-bridge-* 2>/dev/null; systemctl list-units --all --plain --no-legend "kadm-bridge-*"',
  )
  return stdout.split('\n').filter(line => line !== '')
}
