import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Transport } from '../../src/host/host.ts'
import { localTransport } from '../../src/host/local/transport.ts'
import { shellHost } from '../../src/host/shell-host.ts'
import { rejection } from '../contract/hosts.ts'

describe('shellHost', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kadm-shell-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('writeFile keeps the old file when the connection ends midway', async () => {
    const local = localTransport()
    const cut: Transport = {
      ...local,
      run: (command, io) => local.run(command, { ...io, stdin: Readable.from(['half']) }),
    }
    await writeFile(join(dir, 'file'), 'old')
    const error = await rejection(shellHost('n1', cut).writeFile({ path: join(dir, 'file'), content: 'half and half' }))
    expect(error.code).toBe('HOST_FILE')
    expect(error.message).toBe(`cannot write ${dir}/file on n1: the content was cut short`)
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old')
    expect(await readdir(dir)).toEqual(['file'])
  })

  it('writeFile syncs the content before the rename, and the rename after it', async () => {
    const local = localTransport()
    const log = join(dir, 'log')
    const shims = ['sync', 'mv'].map(name => `${name}() { echo ${name} "$*" >> '${log}'; command ${name} "$@"; }`)
    const transport: Transport = { ...local, run: (command, io) => local.run(`${shims.join('\n')}\n${command}`, io) }
    await shellHost('n1', transport).writeFile({ path: join(dir, 'file'), content: 'x' })
    const steps = (await readFile(log, 'utf8')).replaceAll(dir, 'DIR').replaceAll(/\.kadm-[0-9a-f]+/g, 'TEMP')
    expect(steps).toBe('sync -- DIR/TEMP\nmv -fT -- DIR/TEMP DIR/file\nsync -- DIR/\n')
  })

  it('every verb of a shell host runs one command', async () => {
    const local = localTransport()
    let runs = 0
    const counted: Transport = {
      ...local,
      run: (command, io) => {
        runs++
        return local.run(command, io)
      },
    }
    const host = shellHost('n1', counted)
    const path = join(dir, 'new', 'file')
    const verbs = [
      () => host.writeFile({ path, content: 'x', mode: 0o600 }),
      () => host.writeFile({ path: join(dir, 'dir'), dir: true, mode: 0o700 }),
      () => host.readFile(path),
      () => host.stat(path),
      () => host.list(dir),
      () => host.query(['true']),
      () => host.exec(['true']),
      () => host.remove(path),
    ]
    for (const verb of verbs) await verb()
    expect(runs).toBe(verbs.length)
  })

  it('writeFile does not put content into a command line', async () => {
    const commands: string[] = []
    const local = localTransport()
    const seen: Transport = {
      ...local,
      run: (command, io) => {
        commands.push(command)
        return local.run(command, io)
      },
    }
    await shellHost('n1', seen).writeFile({ path: join(dir, 'file'), content: 's3cret' })
    expect(commands.join()).not.toContain('s3cret')
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('s3cret')
  })

  it('readFile reports a file without read permission as an error, not as absent', async () => {
    const denied: Transport = {
      ...localTransport(),
      run: async () => ({ code: 1, stdout: '', stderr: 'cat: /root/x: Permission denied\n' }),
    }
    const error = await rejection(shellHost('n1', denied).readFile('/root/x'))
    expect(error.code).toBe('HOST_FILE')
    expect(error.message).toBe('cannot read /root/x on n1: cat: /root/x: Permission denied')
  })

  it('remove rejects the root directory', async () => {
    expect((await rejection(shellHost('n1', localTransport()).remove('/..//'))).code).toBe('INTERNAL')
  })
})
