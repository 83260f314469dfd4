import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism, hostname, networkInterfaces, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localTransport } from '../../../src/host/local/transport.ts'
import { shellHost } from '../../../src/host/shell-host.ts'
import { readFacts } from '../../../src/observe/machine/facts.ts'
import { type NodeFacts, readNodeFacts } from '../../../src/phases/preflight/node-facts.ts'

const host = shellHost('here', localTransport())

describe('a real host', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kadm-facts-'))
  const paths = {
    file: join(dir, "it's a file"),
    empty: join(dir, 'empty dir'),
    absent: join(dir, 'absent'),
    filled: dir,
  }
  const server = createServer()
  let port = 0
  let facts: NodeFacts

  beforeAll(async () => {
    writeFileSync(paths.file, 'x')
    mkdirSync(paths.empty)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    facts = await readNodeFacts(host, 'localhost', Object.values(paths))
  })
  afterAll(() => {
    server.close()
    rmSync(dir, { recursive: true })
  })

  it('the node facts contain the size, kernel and user of the real host', () => {
    expect([facts.uid, facts.cpus, facts.os, facts.kernel]).toEqual([
      process.getuid?.(),
      availableParallelism(),
      'Linux',
      release(),
    ])
    expect(facts.memory).toBe(Math.floor(totalmem() / 1024 / 1024))
  })

  it('the node facts distinguish files, empty and filled directories with any name', () => {
    expect([...facts.paths]).toEqual([
      [paths.file, 'file'],
      [paths.empty, 'empty-dir'],
      [paths.filled, 'filled-dir'],
    ])
  })

  it('the node facts contain the listening ports and addresses of the real host', () => {
    expect(facts.listeners).toContainEqual({ address: '127.0.0.1', port })
    const own = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(entry => entry.address))
    expect(facts.addresses).toEqual(expect.arrayContaining(own))
  })

  it('the node facts contain cgroups, forwarding settings and basic programs', () => {
    expect(facts.cgroups.version).toBeDefined()
    expect(facts.settings.get('/proc/sys/net/ipv4/ip_forward')).toMatch(/^[01]$/)
    expect([...facts.programs]).toEqual(expect.arrayContaining(['mount', 'cp']))
  })

  it('the host facts contain the host name and a local address', async () => {
    const machine = await readFacts(host)
    expect(machine.hostname).toBe(hostname())
    if (machine.defaultAddress !== undefined) expect(facts.addresses).toContain(machine.defaultAddress)
  })
})
