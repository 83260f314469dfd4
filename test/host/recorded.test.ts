import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { recordedHost } from '../../src/host/recorded.ts'

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

async function setUp() {
  const machine = fakeHost({
    files: { '/etc/k/old': 'old', '/etc/k/pki/ca.crt': 'ca', '/var/lib/x': 'x' },
    commands: { 'systemctl is-active kubelet': { stdout: 'inactive\n', code: 3 }, 'systemctl restart kubelet': 0 },
  })
  await machine.writeFile({ path: '/etc/k', dir: true, mode: 0o700 })
  const before = await tree(machine)
  return { machine, host: recordedHost(machine), untouched: async () => (await tree(machine)) === before }
}

/** Everything on a host, as one text. */
async function tree(host: ReturnType<typeof fakeHost>, dir = '/'): Promise<string> {
  const parts = (await host.list(dir)).map(async name => {
    const path = dir === '/' ? `/${name}` : `${dir}/${name}`
    const stat = await host.stat(path)
    const inside = stat?.kind === 'dir' ? await tree(host, path) : text(await host.readFile(path))
    return `${path} ${stat?.mode} ${stat?.mtime.getTime()}\n${inside}`
  })
  return (await Promise.all(parts)).join('\n')
}

describe('a recorded host', () => {
  it('the recorded host reads what is on the host', async () => {
    const { host } = await setUp()
    expect(text(await host.readFile('/etc/k/old'))).toBe('old')
    expect(await host.list('/etc/k')).toEqual(['old', 'pki'])
    expect((await host.query(['systemctl', 'is-active', 'kubelet'])).code).toBe(3)
  })

  it('the recorded host reads planned writes together with existing files', async () => {
    const { host, untouched } = await setUp()
    await host.writeFile({ path: '/etc/k/new', content: secret('new'), mode: 0o600 })
    await host.writeFile({ path: '/etc/k/old', content: 'newer' })
    expect(text(await host.readFile('/etc/k/new'))).toBe('new')
    expect(text(await host.readFile('/etc/k/old'))).toBe('newer')
    expect(await host.list('/etc/k')).toEqual(['new', 'old', 'pki'])
    expect(await host.stat('/etc/k/new')).toMatchObject({ mode: 0o600, size: 3 })
    expect(await host.stat('/etc/k')).toMatchObject({ kind: 'dir', mode: 0o700 })
    expect(await untouched()).toBe(true)
  })

  it('the recorded host shows planned removals, and files that are written after them', async () => {
    const { host, untouched } = await setUp()
    await host.remove('/etc/k')
    expect(await host.stat('/etc/k')).toBeUndefined()
    expect(await host.readFile('/etc/k/pki/ca.crt')).toBeUndefined()
    expect(await host.list('/etc')).toEqual([])
    await host.writeFile({ path: '/etc/k/pki/ca.crt', content: 'other' })
    expect(await host.list('/etc/k')).toEqual(['pki'])
    expect(text(await host.readFile('/etc/k/pki/ca.crt'))).toBe('other')
    expect(await host.stat('/etc/k')).toMatchObject({ mode: 0o755 })
    await host.remove('/etc/k/pki/ca.crt')
    expect(await host.list('/etc/k/pki')).toEqual([])
    expect(await untouched()).toBe(true)
  })

  it('the recorded host gives a planned file a later time than all files of the host', async () => {
    const { host } = await setUp()
    await host.writeFile({ path: '/etc/a', content: '' })
    await host.writeFile({ path: '/etc/b', content: '' })
    const [a, b] = await Promise.all(
      ['/etc/a', '/etc/b'].map(async path => (await host.stat(path))?.mtime ?? new Date(0)),
    )
    expect(a?.getTime()).toBeGreaterThan(Date.now() + 1e11)
    expect(b?.getTime()).toBeGreaterThan(a?.getTime() ?? 0)
  })

  it('the recorded host runs no command and applies the declared outcome of a command', async () => {
    const { host, machine } = await setUp()
    const argv = ['systemctl', 'is-active', 'kubelet'] as const
    await host.writeFile({ path: '/etc/a', content: '' })
    await host.exec(['systemctl', 'restart', 'kubelet'], {
      outcome: {
        files: [
          { path: '/var/lib/made', content: 'made' },
          { path: '/etc/k/old', content: 'made' },
        ],
        answers: [{ argv, stdout: at => `${at.getTime()}` }],
      },
    })
    await host.writeFile({ path: '/etc/b', content: '' })
    expect(machine.calls).toEqual([])
    expect(text(await host.readFile('/var/lib/made'))).toBe('made')
    expect(text(await host.readFile('/etc/k/old'))).toBe('old')
    const { code, stdout } = await host.query(argv)
    expect(code).toBe(0)
    expect(Number(stdout)).toBeGreaterThan((await host.stat('/etc/a'))?.mtime.getTime() ?? 0)
    expect(Number(stdout)).toBeLessThan((await host.stat('/etc/b'))?.mtime.getTime() ?? 0)
  })

  it('the recorded host keeps the owner of an existing file', async () => {
    const { host, machine } = await setUp()
    await machine.writeFile({ path: '/etc/owned', content: '', owner: 'etcd:etcd' })
    await host.writeFile({ path: '/etc/owned', content: 'x' })
    expect(await host.stat('/etc/owned')).toMatchObject({ owner: 'etcd:etcd' })
  })
})
