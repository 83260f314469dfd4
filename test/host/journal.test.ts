import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { type HostChange, journaled } from '../../src/host/journal.ts'

function setUp() {
  const changes: HostChange[] = []
  const machine = fakeHost({ files: { '/etc/a': 'old', '/etc/dir/b': 'b' }, commands: { true: 0, false: 1 } })
  return { changes, machine, host: journaled(machine, change => changes.push(change)) }
}

describe('journaled', () => {
  it('the host journal reports the content before and after a write', async () => {
    const { changes, host } = setUp()
    await host.writeFile({ path: '/etc/a', content: 'new' })
    await host.writeFile({ path: '/etc/a', content: 'newer' })
    await host.writeFile({ path: '/etc/c', content: 'made' })
    await host.writeFile({ path: '/etc/d', dir: true })
    expect(changes).toEqual([
      { kind: 'file', what: '/etc/a', mode: 0o644, before: new TextEncoder().encode('old'), after: 'new' },
      { kind: 'file', what: '/etc/a', mode: 0o644, before: new TextEncoder().encode('new'), after: 'newer' },
      { kind: 'file', what: '/etc/c', mode: 0o644, after: 'made' },
      { kind: 'dir', what: '/etc/d', mode: 0o755 },
    ])
  })

  it('the host journal reports a changed mode', async () => {
    const { changes, host, machine } = setUp()
    await host.writeFile({ path: '/etc/a', content: 'old', mode: 0o600 })
    await host.writeFile({ path: '/etc/a', content: 'new', mode: 0o600 })
    await host.writeFile({ path: '/etc/dir', dir: true, mode: 0o700 })
    await host.writeFile({ path: '/etc/dir', dir: true })
    expect(changes.map(({ mode, modeBefore }) => [mode, modeBefore])).toEqual([
      [0o600, 0o644],
      [0o600, undefined],
      [0o700, 0o755],
      [0o700, undefined],
    ])
    expect(await machine.stat('/etc/dir')).toMatchObject({ mode: 0o700 })
  })

  it('the host journal does not read a file again that the step has already read', async () => {
    const { machine } = setUp()
    const asked: string[] = []
    const stat = (path: string) => {
      asked.push(path)
      return machine.stat(path)
    }
    const host = journaled({ ...machine, stat }, () => undefined)
    await Promise.all([host.readFile('/etc/a'), host.stat('/etc/a'), host.readFile('/etc/new')])
    await host.writeFile({ path: '/etc/a', content: 'new' })
    await host.writeFile({ path: '/etc/new', content: 'new' })
    expect(asked).toEqual(['/etc/a'])
  })

  it('the host journal reads a file again after a command that may have changed it', async () => {
    const { changes, host, machine } = setUp()
    await host.readFile('/etc/a')
    await machine.writeFile({ path: '/etc/a', content: 'by a command' })
    await host.exec(['true'])
    await host.writeFile({ path: '/etc/a', content: 'new' })
    expect(changes[1]).toMatchObject({ before: new TextEncoder().encode('by a command') })
  })

  it('the host journal reports removals and commands, but no call without a change', async () => {
    const { changes, host } = setUp()
    await host.remove('/etc/dir')
    await host.remove('/etc/dir')
    await host.exec(['true'])
    await host.exec(['false']).catch(() => {})
    await host.query(['true'])
    expect(changes).toEqual([
      { kind: 'remove', what: '/etc/dir' },
      { kind: 'exec', what: 'true' },
    ])
  })

  it('the host journal shows neither a secret nor the content that it replaces', async () => {
    const { changes, host } = setUp()
    await host.writeFile({ path: '/etc/a', content: secret('s3cret') })
    expect(JSON.stringify(changes)).not.toMatch(/s3cret|old/)
    expect(changes[0]).toMatchObject({ kind: 'file', what: '/etc/a' })
    expect(String(changes[0]?.before)).toBe('[redacted]')
  })
})
