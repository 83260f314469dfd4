import { createHash } from 'node:crypto'
import { type Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { isKadmError, type KadmError } from '../../src/errors/kadm-error.ts'
import type { ConnectedHost, ConnectTarget } from '../../src/host/host.ts'

/** A host under test, with a directory of its own and two echo servers on the host. */
export interface Machine {
  readonly host: ConnectedHost
  /** An empty directory that the user of the host can write to. */
  readonly dir: string
  readonly echoes: readonly [ConnectTarget, ConnectTarget]
  /** A port without a listener. */
  readonly closed: ConnectTarget
  stop(): Promise<void>
}

export const programs = {
  fails: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
  loud: ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" e >&2; exit 1'],
  echo: ['cat'],
  endless: ['sleep', '300'],
  absent: ['kadm-no-such-program'],
} as const satisfies Record<string, readonly [string, ...string[]]>

const awkward = [
  '-n',
  '.hidden',
  ' space ',
  'new\nline',
  'quote\'s"',
  '$HOME',
  '*',
  'back\\slash',
  'ünï',
  '#x',
  '[a]',
  '~',
]

/** The behavior of every host. A dry run can read back streamed files of up to `readsBack` bytes. */
export function hostContract(
  title: string,
  start: () => Promise<Machine>,
  { readsBack = Number.POSITIVE_INFINITY } = {},
): void {
  describe(title, () => {
    let machine: Machine
    let host: ConnectedHost
    beforeAll(async () => {
      machine = await start()
      host = machine.host
    })
    afterAll(async () => {
      await machine?.host.close()
      await machine?.stop()
    })
    const path = (name: string) => `${machine.dir}/${name}`
    const read = async (name: string) => Buffer.from((await host.readFile(path(name))) ?? []).toString()

    describe('files', () => {
      it('a host writes a file with its mode, and parent directories with mode 0755', async () => {
        await host.writeFile({ path: path('a/b/file'), content: 'text\n', mode: 0o600 })
        expect(await read('a/b/file')).toBe('text\n')
        expect(await host.stat(path('a/b/file'))).toMatchObject({ kind: 'file', mode: 0o600, size: 5 })
        expect(await host.stat(path('a/b'))).toMatchObject({ kind: 'dir', mode: 0o755 })
        expect(await host.list(path('a/b'))).toEqual(['file'])
      })

      it('a host writes a file with mode 0644 by default, even over another mode', async () => {
        await host.writeFile({ path: path('mode'), content: 'x', mode: 0o600 })
        await host.writeFile({ path: path('mode'), content: 'y' })
        expect(await host.stat(path('mode'))).toMatchObject({ mode: 0o644 })
      })

      it('a host reports when a file was written', async () => {
        await host.writeFile({ path: path('mtime'), content: 'x' })
        const never = { mtime: new Date(0), ctime: new Date(0) }
        const { mtime, ctime } = (await host.stat(path('mtime'))) ?? never
        expect(Math.abs(mtime.getTime() - Date.now())).toBeLessThan(60_000)
        expect(Math.abs(ctime.getTime() - Date.now())).toBeLessThan(60_000)
      })

      it('a host preserves every byte of a file', async () => {
        const content = Uint8Array.from({ length: 256 * 3 }, (_, at) => at % 256)
        await host.writeFile({ path: path('bytes'), content })
        expect(await host.readFile(path('bytes'))).toEqual(content)
      })

      it.each([0, 1, 65_536, 10_000_000])('a host writes and reads %d bytes', async size => {
        const content = Buffer.alloc(size, 'kadm\n')
        await host.writeFile({ path: path('large'), content })
        expect(content.equals((await host.readFile(path('large'))) ?? new Uint8Array())).toBe(true)
      })

      it('a host replaces two files together, each with its mode', async () => {
        const [key, certificate] = [path('pair/x.key'), path('pair/x.crt')]
        await host.writeFile({ path: key, content: 'old key' })
        await host.writePair(
          { path: key, content: secret('new key, longer'), mode: 0o600 },
          { path: certificate, content: 'new certificate', mode: 0o640 },
        )
        expect([await read('pair/x.key'), await read('pair/x.crt')]).toEqual(['new key, longer', 'new certificate'])
        expect([await host.stat(key), await host.stat(certificate)]).toMatchObject([{ mode: 0o600 }, { mode: 0o640 }])
        expect(await host.list(path('pair'))).toEqual(['x.crt', 'x.key'])
      })

      it('a host keeps both files of a pair when the second cannot be replaced', async () => {
        await host.writeFile({ path: path('half/x.key'), content: 'old key' })
        await host.writeFile({ path: path('half/x.crt'), dir: true })
        const writing = host.writePair(
          { path: path('half/x.key'), content: 'new key' },
          { path: path('half/x.crt'), content: 'new certificate' },
        )
        expect(await rejection(writing)).toMatchObject({
          code: 'HOST_FILE',
          message: expect.stringMatching(/^cannot write (?!.*cannot write).*x\.crt/),
        })
        expect(await read('half/x.key')).toBe('old key')
        expect(await host.list(path('half'))).toEqual(['x.crt', 'x.key'])
      })

      it('a host writes the value of a secret', async () => {
        await host.writeFile({ path: path('secret'), content: secret('s3cret'), mode: 0o600 })
        expect(await read('secret')).toBe('s3cret')
      })

      it('a host supports file names with special characters', async () => {
        for (const name of awkward) await host.writeFile({ path: path(`awkward/${name}`), content: name })
        expect(await host.list(path('awkward'))).toEqual([...awkward].sort())
        for (const name of awkward) expect(await read(`awkward/${name}`)).toBe(name)
        for (const name of awkward) await host.remove(path(`awkward/${name}`))
        expect(await host.list(path('awkward'))).toEqual([])
      })

      it('a host treats missing paths as absent, not as errors', async () => {
        expect(await host.readFile(path('missing'))).toBeUndefined()
        expect(await host.stat(path('missing/below'))).toBeUndefined()
        expect(await host.list(path('missing'))).toEqual([])
        await host.remove(path('missing/below'))
      })

      it('a host treats paths below a file as absent', async () => {
        await host.writeFile({ path: path('plain'), content: 'x' })
        expect(await host.stat(path('plain/below'))).toBeUndefined()
        expect(await host.readFile(path('plain/below'))).toBeUndefined()
      })

      it.each([
        ['reading a directory', (at: string) => host.readFile(at), 'dir'],
        ['listing a file', (at: string) => host.list(at), 'file'],
        ['writing over a directory', (at: string) => host.writeFile({ path: at, content: 'x' }), 'dir'],
        ['creating a directory over a file', (at: string) => host.writeFile({ path: at, dir: true }), 'file'],
        ['writing below a file', (at: string) => host.writeFile({ path: `${at}/below`, content: 'x' }), 'file'],
      ])('a host names the path when it fails on %s', async (_, act, kind) => {
        await host.writeFile({ path: path('wrong/dir'), dir: true })
        await host.writeFile({ path: path('wrong/file'), content: 'kept' })
        const error = await rejection(act(path(`wrong/${kind}`)))
        expect(error.code).toBe('HOST_FILE')
        expect(error.message).toContain(path(`wrong/${kind}`))
        expect(await host.list(path('wrong'))).toEqual(['dir', 'file'])
        expect(await read('wrong/file')).toBe('kept')
      })

      it('a host creates a directory with its mode and does not change an existing one', async () => {
        await host.writeFile({ path: path('x/made'), dir: true, mode: 0o700 })
        expect(await host.stat(path('x/made'))).toMatchObject({ kind: 'dir', mode: 0o700 })
        expect(await host.stat(path('x'))).toMatchObject({ kind: 'dir', mode: 0o755 })
        await host.writeFile({ path: path('x/made/file'), content: 'kept' })
        await host.writeFile({ path: path('x/made'), dir: true })
        expect(await host.stat(path('x/made'))).toMatchObject({ mode: 0o700 })
        await host.writeFile({ path: path('x/made'), dir: true, mode: 0o750 })
        expect(await host.stat(path('x/made'))).toMatchObject({ mode: 0o750 })
        expect(await host.list(path('x/made'))).toEqual(['file'])
      })

      it('a host removes a directory with its contents', async () => {
        await host.writeFile({ path: path('tree/one/two'), content: 'x' })
        await host.writeFile({ path: path('treetop'), content: 'x' })
        await host.remove(path('tree'))
        expect(await host.stat(path('tree'))).toBeUndefined()
        expect(await read('treetop')).toBe('x')
      })

      it('a host never shows a partial file to a reader', async () => {
        const [a, b] = [Buffer.alloc(500_000, 'a'), Buffer.alloc(700_000, 'b')]
        await host.writeFile({ path: path('swapped'), content: a })
        let writing = true
        const writes = (async () => {
          for (const content of [b, a, b, a]) await host.writeFile({ path: path('swapped'), content })
          writing = false
        })()
        while (writing) {
          const seen = Buffer.from((await host.readFile(path('swapped'))) ?? [])
          expect(seen.equals(a) || seen.equals(b)).toBe(true)
        }
        await writes
      })

      it('a host writes many files in parallel', async () => {
        const names = Array.from({ length: 30 }, (_, index) => `many/${index}`)
        await Promise.all(names.map(name => host.writeFile({ path: path(name), content: name })))
        expect(await Promise.all(names.map(read))).toEqual(names)
      })

      it('a host accepts only absolute paths', async () => {
        expect((await rejection(host.writeFile({ path: 'relative', content: '' }))).code).toBe('HOST_FILE')
      })
    })

    describe('files as streams', () => {
      const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
      const pieces = (content: Uint8Array) => {
        const parts = Array.from({ length: Math.ceil(content.length / 10_000) }, (_, i) =>
          content.subarray(i * 10_000, (i + 1) * 10_000),
        )
        return Readable.from(parts, { objectMode: false })
      }

      it.each([0, 1, 63, 64, 65, 65_536, 10_000_000])(
        'a host streams %d bytes to a file and back with their checksum',
        async size => {
          const content = Buffer.alloc(size, 'kadm\0\n')
          const digest = { size, sha256: sha256(content) }
          const file = { path: path('stream/file'), mode: 0o640, source: pieces(content), sha256: digest.sha256 }
          expect(await host.writeStream(file)).toEqual(digest)
          expect(await host.stat(file.path)).toMatchObject({ kind: 'file', mode: 0o640, size })
          const sink = new PassThrough()
          if (size > readsBack) {
            const errors = [host.readStream(file.path, sink), host.readFile(file.path)].map(rejection)
            const unread = `cannot read ${file.path}: its content is not kept in memory`
            expect((await Promise.all(errors)).map(({ message }) => message)).toEqual([unread, unread])
            return
          }
          const [found, given] = await Promise.all([host.readStream(file.path, sink), buffer(sink)])
          expect(found).toEqual(digest)
          expect(given.equals(content)).toBe(true)
          expect(await host.list(path('stream'))).toEqual(['file'])
        },
      )

      it('a host keeps the old file when streamed content has the wrong checksum', async () => {
        await host.writeFile({ path: path('kept-checksum/file'), content: 'old' })
        const source = pieces(Buffer.alloc(100_000, 'x'))
        const writing = host.writeStream({ path: path('kept-checksum/file'), source, sha256: sha256(Buffer.from('y')) })
        const error = await rejection(writing)
        expect(error.code).toBe('HOST_FILE')
        expect(error.message).toContain(`${path('kept-checksum/file')} has the SHA-256 `)
        expect(await read('kept-checksum/file')).toBe('old')
        await expect.poll(() => host.list(path('kept-checksum'))).toEqual(['file'])
      })

      it('a host keeps the old file when the source of a stream fails', async () => {
        await host.writeFile({ path: path('kept-source/file'), content: 'old' })
        const source = Readable.from(
          (async function* () {
            yield Buffer.alloc(200_000, 'x')
            throw new Error('the download ended early')
          })(),
          { objectMode: false },
        )
        await expect(host.writeStream({ path: path('kept-source/file'), source })).rejects.toThrow('ended early')
        expect(await read('kept-source/file')).toBe('old')
        await expect.poll(() => host.list(path('kept-source'))).toEqual(['file'])
      })

      it('a host returns undefined when it streams from an absent file', async () => {
        const sink = new PassThrough()
        const [found, given] = await Promise.all([host.readStream(path('missing/below'), sink), buffer(sink)])
        expect([found, given.length]).toEqual([undefined, 0])
      })

      it('a host names the path when it streams to or from a directory', async () => {
        await host.writeFile({ path: path('a-dir'), dir: true })
        const reading = await rejection(host.readStream(path('a-dir'), new PassThrough()))
        const writing = await rejection(host.writeStream({ path: path('a-dir'), source: pieces(Buffer.from('x')) }))
        expect([reading.code, writing.code]).toEqual(['HOST_FILE', 'HOST_FILE'])
        expect([reading.message, writing.message]).toEqual([
          expect.stringContaining(path('a-dir')),
          expect.stringContaining(path('a-dir')),
        ])
      })

      it('a host returns the error of a sink that fails during a stream', async () => {
        await host.writeFile({ path: path('to-sink'), content: Buffer.alloc(1_000_000, 'x') })
        const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the disk here is full')) })
        await expect(host.readStream(path('to-sink'), sink)).rejects.toThrow('the disk here is full')
        expect(await read('to-sink')).toHaveLength(1_000_000)
      })
    })

    describe('commands', () => {
      it('a query returns the exit code and output of its command', async () => {
        expect(await host.query(programs.fails)).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
      })

      it('a query returns exit code 127 for a program that does not exist', async () => {
        expect((await host.query(programs.absent)).code).toBe(127)
      })

      it('a failed command is an error with its exit code and its whole stderr', async () => {
        const error = await rejection(host.exec(programs.loud))
        expect(error.code).toBe('COMMAND_FAILED')
        expect(error.message).toMatch(/^sh -c .* exited 1 after \d+\.\ds$/)
        expect(error.output).toBe('e'.repeat(1_000_000))
      })

      it('a command passes 10 MB through stdin and stdout', async () => {
        const stdin = 'ü'.repeat(5_000_000)
        const { stdout } = await host.query(programs.echo, { stdin })
        expect(stdout === stdin).toBe(true)
      })

      it('a command has an empty stdin by default', async () => {
        expect(await host.query(programs.echo)).toEqual({ code: 0, stdout: '', stderr: '' })
      })

      it('the error of a failed command never contains its stdin', async () => {
        const error = await rejection(host.exec(programs.fails, { stdin: secret('s3cret') }))
        expect(JSON.stringify([error.message, error.output, error.hint, error.stack])).not.toContain('s3cret')
      })

      it('a host stops a command that times out', async () => {
        const error = await rejection(host.query(programs.endless, { timeoutMs: 200 }))
        expect(error.code).toBe('COMMAND_TIMEOUT')
        expect(error.message).toBe('sleep 300 timed out after 200ms')
      })

      it('a host stops a command when its signal aborts, even before it starts', async () => {
        const stop = new AbortController()
        const running = rejection(host.exec(programs.endless, { signal: stop.signal }))
        stop.abort(new Error('enough'))
        expect((await running).code).toBe('INTERRUPTED')
        expect((await rejection(host.exec(programs.endless, { signal: stop.signal }))).code).toBe('INTERRUPTED')
      })

      it('a host runs more parallel commands than a connection has sessions', async () => {
        const outputs = await Promise.all(Array.from({ length: 40 }, () => host.query(programs.fails)))
        expect(outputs.every(output => output.code === 3)).toBe(true)
      })
    })

    describe('streams', () => {
      it.each([0, 1] as const)(
        'a host connects to a server repeatedly, in both directions (target %d)',
        async index => {
          for (let round = 0; round < 10; round++) {
            const stream = await host.connect(machine.echoes[index])
            const sent = `${round} `.repeat(50_000)
            stream.write(sent)
            expect((await readLength(stream, sent.length)) === sent).toBe(true)
            stream.destroy()
          }
        },
      )

      it('connect names a port on which no process listens', async () => {
        const error = await rejection(host.connect(machine.closed))
        expect(error.code).toBe('HOST_CONNECT')
        expect(error.message).toContain('127.0.0.1:')
      })

      it('connect names a socket that does not exist', async () => {
        const error = await rejection(host.connect({ socket: path('no.sock') }))
        expect(error.code).toBe('HOST_CONNECT')
        expect(error.message).toContain(path('no.sock'))
      })
    })
  })
}

/** The KadmError that a promise rejects with. */
export async function rejection(task: Promise<unknown>): Promise<KadmError> {
  const outcome = await task.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isKadmError(outcome)) throw new Error('expected a KadmError', { cause: outcome })
  return outcome
}

/** Returns the next bytes of a stream as text; fewer at its end. */
export function readLength(stream: Duplex, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = ''
    stream.once('error', reject)
    stream.once('end', () => resolve(seen))
    stream.on('data', (chunk: Uint8Array) => {
      seen += Buffer.from(chunk).toString('latin1')
      if (seen.length >= length) resolve(seen)
    })
  })
}
