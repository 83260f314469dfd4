import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const question = 'trust it from now on?'

/** A separate process starts slowly on a busy host. */
describe('a terminal question', { timeout: 60_000 }, () => {
  let home: string
  let servers: readonly ssh2.Server[]
  let running: ChildProcess | undefined
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kadm-asked-'))
    servers = ['a', 'b', 'c'].map(() => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = privateKey.export({ type: 'sec1', format: 'pem' })
      return new ssh2.Server({ hostKeys: [key] }, client => client.on('error', () => {})).listen(0, '127.0.0.1')
    })
    await Promise.all(servers.map(server => once(server, 'listening')))
  })
  afterEach(async () => {
    running?.kill()
    for (const server of servers) server.close()
    await rm(home, { recursive: true })
  })

  /** Runs `kadm` on a terminal of its own; `answer` handles the first question. */
  const onTerminal = (argv: readonly string[], answer: (type: (text: string) => void, pid: number) => void) => {
    const words = [process.execPath, main, ...argv].map(word => `'${word}'`)
    const env = { PATH: process.env.PATH, HOME: home, TERM: 'xterm' }
    const child = spawn('script', ['-qfec', `echo pid $$; exec ${words.join(' ')}`, '/dev/null'], { env })
    running = child
    let shown = ''
    let asked = false
    child.stdout.on('data', chunk => {
      shown += chunk
      if (asked || !shown.includes(question)) return
      asked = true
      answer(text => child.stdin.write(text), Number(/pid (\d+)/.exec(shown)?.[1]))
    })
    return new Promise<{ code: number | null; shown: string }>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => resolve({ code, shown }))
    })
  }

  const hosts = () => servers.flatMap(server => ['--host', `root@127.0.0.1:${(server.address() as AddressInfo).port}`])

  it.each<[string, Parameters<typeof onTerminal>[1]]>([
    ['Ctrl-C', type => type('\u0003')],
    ['SIGTERM', (_, pid) => process.kill(pid, 'SIGTERM')],
  ])('a run of several hosts asks no further question on the terminal after %s', async (_, answer) => {
    const { code, shown } = await onTerminal(['preflight', ...hosts()], answer)
    expect(code).toBe(130)
    expect(shown).toContain('INTERRUPTED')
    expect(shown.split(question)).toHaveLength(2)
  })
})
