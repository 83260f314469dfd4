import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import type { ConnectedHost } from '../../src/host/host.ts'
import { writeScript } from '../../src/host/scripts.ts'
import { type Machine, rejection } from './hosts.ts'

/** The behavior of hosts with real processes and a real file system. */
export function realHostContract(title: string, start: () => Promise<Machine>): void {
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
    const shell = (script: string, ...args: string[]) => host.query(['sh', '-c', script, 'sh', ...args])
    /** The command lines of all processes. */
    const commandLines = async () => (await shell('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')).stdout

    it('a host keeps the old file and removes the temporary file when a write fails', async () => {
      await host.writeFile({ path: path('kept/file'), content: 'old', mode: 0o640 })
      const owner = 'kadm-nobody:kadm-nobody'
      const error = await rejection(host.writeFile({ path: path('kept/file'), content: secret('s3cret'), owner }))
      expect(error.code).toBe('HOST_FILE')
      expect(`${error.message}${error.output}`).not.toContain('s3cret')
      expect(await host.list(path('kept'))).toEqual(['file'])
      expect(Buffer.from((await host.readFile(path('kept/file'))) ?? []).toString()).toBe('old')
      expect(await host.stat(path('kept/file'))).toMatchObject({ mode: 0o640 })
    })

    it('a host keeps the old file when new content arrives only in part', async () => {
      await host.writeFile({ path: path('cut/file'), content: 'old' })
      const words = ['sh', '-c', writeScript, 'sh', path('cut/file'), '0644', '', '', '.kadm-0123456789abcdee'] as const
      const error = await rejection(host.exec(words, { stdin: 'the first half' }))
      expect(error.output).toContain('the content was cut short or changed on its way')
      expect(await host.list(path('cut'))).toEqual(['file'])
      expect(Buffer.from((await host.readFile(path('cut/file'))) ?? []).toString()).toBe('old')
    })

    it('a stopped command cleans up, even if it starts another program after the first signal', async () => {
      const script = `trap : TERM; trap 'rm -f "$1"' EXIT; mkdir -p "\${1%/*}"; : > "$1"; sleep 300; sleep 300`
      const stop = new AbortController()
      const words = ['sh', '-c', script, 'sh', path('stopped/temporary')] as const
      const running = rejection(host.exec(words, { signal: stop.signal }))
      await expect.poll(() => host.list(path('stopped'))).toEqual(['temporary'])
      stop.abort(new Error('enough'))
      expect((await running).code).toBe('INTERRUPTED')
      await expect.poll(() => host.list(path('stopped'))).toEqual([])
    })

    it('a host reads a file no faster than its sink accepts data', async () => {
      await host.writeStream({ path: path('slow'), source: Readable.from([Buffer.alloc(20_000_000, 'x')]) })
      let most = 0
      const sink: Writable = new Writable({
        write(_chunk, _encoding, done) {
          most = Math.max(most, sink.writableLength)
          setTimeout(done, 1)
        },
      })
      expect(await host.readStream(path('slow'), sink)).toMatchObject({ size: 20_000_000 })
      expect(most).toBeLessThan(2_000_000)
    })

    it('a host removes temporary files of killed runs when it writes the same file', async () => {
      const names = ['.kadm-0123456789abcdef', '.kadm-mine', '.kadm-0123456789abcdef0', 'kadm-0123456789abcdef']
      for (const name of names) await shell('mkdir -p "$1" && echo half > "$1/$2"', path('left'), name)
      await Promise.all(['a', 'b', 'c'].map(name => host.writeFile({ path: path(`left/${name}`), content: name })))
      expect(await host.list(path('left'))).toEqual([...names.slice(1), 'a', 'b', 'c'].sort())
    })

    it('a host replaces a file by rename, so that open readers keep the old one', async () => {
      await host.writeFile({ path: path('inode'), content: 'old' })
      const before = await shell('stat -c %i "$1"', path('inode'))
      await host.writeFile({ path: path('inode'), content: 'new' })
      expect((await shell('stat -c %i "$1"', path('inode'))).stdout).not.toBe(before.stdout)
    })

    it('a host lists, reads and removes names that are not UTF-8', async () => {
      await host.writeFile({ path: path('raw'), dir: true })
      await shell('cd "$1" && printf x > "$(printf "a\\377\\201b\\303\\274")"', path('raw'))
      const [name] = await host.list(path('raw'))
      expect(name).toBe('a\udcff\udc81bü')
      expect(await host.readFile(path(`raw/${name}`))).toEqual(Uint8Array.of(120))
      await host.remove(path(`raw/${name}`))
      expect(await host.list(path('raw'))).toEqual([])
    })

    it('stat reports a symbolic link itself, and readFile follows it', async () => {
      await host.writeFile({ path: path('links/target'), content: 'x' })
      await shell('cd "$1" && ln -s target link && ln -s nowhere broken', path('links'))
      expect(await host.stat(path('links/link'))).toMatchObject({ kind: 'link' })
      expect(await host.readFile(path('links/link'))).toEqual(Uint8Array.of(120))
      expect(await host.stat(path('links/broken'))).toMatchObject({ kind: 'link' })
      expect(await host.readFile(path('links/broken'))).toBeUndefined()
      await host.remove(path('links/link'))
      expect(await host.list(path('links'))).toEqual(['broken', 'target'])
    })

    it('a host passes arguments to a command unchanged', async () => {
      const args = ['', ' ', "it's", '$(id)', '`id`', 'a\nb', '"', '\\', '-n', 'ü', '*', ';', '&&', '>x', '!', '#']
      const { stdout } = await shell('for arg; do printf "%s\\0" "$arg"; done', ...args)
      expect(stdout.split('\0').slice(0, -1)).toEqual(args)
    })

    it('a host reports a command killed by a signal as shells do', async () => {
      expect((await shell('kill -s KILL $$')).code).toBe(137)
    })

    it.each([
      ['when its time is over', { timeoutMs: 500 }],
      ['when it is cancelled', {}],
    ])('a host ends a command and its children %s', async (title, limits) => {
      const stop = new AbortController()
      const nap = `${4000 + title.length}.${Math.floor(Math.random() * 1e6)}`
      const running = rejection(
        host.exec(['sh', '-c', `sleep ${nap} & sleep ${nap}`], { ...limits, signal: stop.signal }),
      )
      while (!(await commandLines()).includes(`sleep ${nap}`)) await sleep(20)
      if (!('timeoutMs' in limits)) stop.abort()
      await running
      while ((await commandLines()).includes(`sleep ${nap}`)) await sleep(20)
    })

    it('a host stops waiting for a command when a surviving child holds its output', async () => {
      const nap = `5000.${Math.floor(Math.random() * 1e6)}`
      const script = `setsid env -i sleep ${nap} & wait`
      expect((await rejection(host.query(['sh', '-c', script], { timeoutMs: 500 }))).code).toBe('COMMAND_TIMEOUT')
      await shell('pkill -fx "sleep $1" || true', nap)
      expect((await host.query(['true'])).code).toBe(0)
    })

    it('a host kills a command that ignores SIGTERM', async () => {
      const mark = `deaf-${Math.random()}`
      const script = `trap '' TERM; while :; do sleep 0.2; done; : ${mark}`
      expect((await rejection(host.exec(['sh', '-c', script], { timeoutMs: 300 }))).code).toBe('COMMAND_TIMEOUT')
      while ((await commandLines()).includes(mark)) await sleep(100)
    })

    it('a write shows no secret in the command lines of the host', async () => {
      const marker = `s3cret-${Math.random()}`
      let writing = true
      const content = secret(marker.repeat(200_000))
      const write = host.writeFile({ path: path('watched'), content, mode: 0o600 }).finally(() => {
        writing = false
      })
      let samples = 0
      for (; writing; samples++) expect(await commandLines()).not.toContain(marker)
      await write
      expect(samples).toBeGreaterThan(0)
    })

    it('a host makes no file readable before it sets the mode', async () => {
      let writing = true
      const content = secret('k'.repeat(5_000_000))
      const write = host.writeFile({ path: path('private/key'), content, mode: 0o600 }).finally(() => {
        writing = false
      })
      while (writing) {
        const { stdout } = await shell('find "$1" -type f -perm /077 2>/dev/null', path('private'))
        expect(stdout).toBe('')
      }
      await write
    })
  })
}
