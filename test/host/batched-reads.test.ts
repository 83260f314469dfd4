import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { batchedReads } from '../../src/host/batched-reads.ts'
import type { ConnectedHost, Transport } from '../../src/host/host.ts'
import { localTransport } from '../../src/host/local/transport.ts'
import { shellHost } from '../../src/host/shell-host.ts'

let dir: string
let commands: string[]
let transport: Transport
let host: ConnectedHost

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-batch-'))
  commands = []
  const local = localTransport()
  transport = {
    ...local,
    run(command, io) {
      commands.push(command)
      return local.run(command, io)
    },
  }
  host = batchedReads(shellHost('n1', transport), transport)
})
afterEach(() => rm(dir, { recursive: true }))

it('simultaneous reads of a host share one command', async () => {
  const binary = Uint8Array.from({ length: 3000 }, (_, i) => i % 256)
  await Promise.all([
    writeFile(join(dir, 'text'), 'a\nb\n'),
    writeFile(join(dir, 'binary'), binary),
    writeFile(join(dir, 'empty'), ''),
    writeFile(join(dir, "it's $(id)"), 'odd'),
    mkdir(join(dir, 'folder')),
    symlink('nowhere', join(dir, 'broken')),
  ])
  const answers = await Promise.all([
    host.readFile(join(dir, 'text')),
    host.readFile(join(dir, 'binary')),
    host.readFile(join(dir, 'empty')),
    host.readFile(join(dir, "it's $(id)")),
    host.readFile(join(dir, 'absent')),
    host.readFile(join(dir, 'broken')),
    host.stat(join(dir, 'binary')),
    host.stat(join(dir, 'absent')),
    host.list(dir),
    host.list(join(dir, 'absent')),
  ])
  expect(commands).toHaveLength(1)
  const [text, bytes, empty, odd, absent, broken, stat, none, names, noNames] = answers
  expect(Buffer.from(text ?? []).toString()).toBe('a\nb\n')
  expect(bytes).toEqual(binary)
  expect(empty).toEqual(new Uint8Array())
  expect(Buffer.from(odd ?? []).toString()).toBe('odd')
  expect([absent, broken, none]).toEqual([undefined, undefined, undefined])
  expect(stat).toMatchObject({ kind: 'file', size: 3000 })
  expect(names).toEqual(['binary', 'broken', 'empty', 'folder', "it's $(id)", 'text'])
  expect(noNames).toEqual([])
})

it('a single read of a host runs as a plain command', async () => {
  await writeFile(join(dir, 'file'), 'x')
  expect(await host.readFile(join(dir, 'file'))).toEqual(Uint8Array.of(120))
  expect(commands).toHaveLength(1)
  expect(commands[0]).not.toContain('base64')
})

it('a failed read in a batch does not affect the other reads', async () => {
  await writeFile(join(dir, 'file'), 'x')
  const [folder, file] = await Promise.allSettled([host.readFile(dir), host.readFile(join(dir, 'file'))])
  expect(folder).toMatchObject({ status: 'rejected', reason: { code: 'HOST_FILE' } })
  expect(file).toMatchObject({ status: 'fulfilled', value: Uint8Array.of(120) })
})

it('reads that exceed one command continue in further commands', async () => {
  const paths = Array.from({ length: 300 }, (_, i) => join(dir, `${i}-${'x'.repeat(200)}`))
  await Promise.all(paths.map(path => writeFile(path, path)))
  const read = await Promise.all(paths.map(path => host.readFile(path)))
  expect(read.map(bytes => Buffer.from(bytes ?? []).toString())).toEqual(paths)
  expect(commands.length).toBeGreaterThan(4)
  expect(commands.length).toBeLessThan(20)
})

it('every read in a batch fails when the host is lost', async () => {
  const lost = new KadmError('HOST_UNREACHABLE', 'the connection to n1 was lost')
  const gone: Transport = { ...transport, run: () => Promise.reject(lost) }
  const away = batchedReads(shellHost('n1', gone), gone)
  const results = await Promise.allSettled([away.readFile('/a'), away.stat('/b'), away.list('/c')])
  expect(results.map(result => result.status === 'rejected' && result.reason)).toEqual([lost, lost, lost])
})
