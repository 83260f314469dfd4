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
  it('tells what was there before and after a write', async () => {
    const { changes, host } = setUp()
    await host.writeFile({ path: '/etc/a', content: 'new' })
    await host.writeFile({ path: '/etc/a', content: 'newer' })
    await host.writeFile({ path: '/etc/c', content: 'made' })
    await host.writeFile({ path: '/etc/d', dir: true })
    expect(changes).toEqual([
      { kind: 'file', what: '/etc/a', before: new TextEncoder().encode('old'), after: 'new' },
      { kind: 'file', what: '/etc/a', before: new TextEncoder().encode('new'), after: 'newer' },
      { kind: 'file', what: '/etc/c', after: 'made' },
      { kind: 'dir', what: '/etc/d' },
    ])
  })

  it('reads a file again after a command that may have changed it', async () => {
    const { changes, host, machine } = setUp()
    await host.readFile('/etc/a')
    await machine.writeFile({ path: '/etc/a', content: 'by a command' })
    await host.exec(['true'])
    await host.writeFile({ path: '/etc/a', content: 'new' })
    expect(changes[1]).toMatchObject({ before: new TextEncoder().encode('by a command') })
  })

  it('tells of removals and commands, but not of what changed nothing', async () => {
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

  it('shows neither a secret nor what it replaces', async () => {
    const { changes, host } = setUp()
    await host.writeFile({ path: '/etc/a', content: secret('s3cret') })
    expect(JSON.stringify(changes)).not.toMatch(/s3cret|old/)
    expect(changes[0]).toMatchObject({ kind: 'file', what: '/etc/a' })
    expect(String(changes[0]?.before)).toBe('[redacted]')
  })
})
