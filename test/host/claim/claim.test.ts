import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimHost } from '../../../src/host/claim/claim.ts'
import type { Claimant, ClaimPlace } from '../../../src/host/claim/claimant.ts'
import { claimScript } from '../../../src/host/claim/script.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import type { ConnectedHost } from '../../../src/host/host.ts'
import { rejection } from '../../contract/hosts.ts'

let dir: string
let place: ClaimPlace
const opened: ConnectedHost[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-claim-'))
  place = { lock: join(dir, 'run', 'claim'), runs: join(dir, 'runs'), before: join(dir, 'before') }
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(host => host.close()))
  await rm(dir, { recursive: true })
})

const claimant = (run: string): Claimant => ({
  run,
  command: 'kadm init',
  user: 'ada',
  machine: 'laptop',
  pid: 4711,
  since: new Date('2026-03-04T05:06:07Z'),
})

async function claim(run = 'run-1', warn: (text: string) => void = () => expect.unreachable()) {
  const host = await claimHost(await connectLocal(), claimant(run), warn, place)
  opened.push(host)
  return host
}

/** Starts another process that holds the lock as another kadm would. */
async function holder(): Promise<ChildProcess> {
  const owner = JSON.stringify({ ...claimant('other'), command: 'kadm join', pid: 42 })
  const child = spawn('sh', ['-c', claimScript, 'sh', place.lock, owner, place.runs, 'other', place.before])
  await once(child.stdout, 'data')
  return child
}

describe('claimHost', () => {
  it('the lock is refused to a second run, and the error names its holder and start time', async () => {
    await claim('run-1')
    const error = await rejection(claim('run-2'))
    expect(error.code).toBe('HOST_CLAIMED')
    expect(error.message).toMatch(
      /another run of kadm is changing .+: kadm init by ada on laptop \(process 4711\), since 2026-03-04T05:06:07/,
    )
    expect(error.hint).toContain('process 4711 on laptop')
  })

  it('the lock goes to exactly one of several simultaneous runs', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => claim(`run-${i}`)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'HOST_CLAIMED' })
    }
  })

  it('the lock is available again after a run releases it', async () => {
    const first = await claim('run-1')
    await first.close()
    const second = await claim('run-2')
    expect((await second.query(['true'])).code).toBe(0)
  })

  it('the lock is released when the channel of its holder ends', async () => {
    const child = await holder()
    expect((await rejection(claim())).message).toContain('kadm join by ada on laptop (process 42)')
    child.stdin?.end('{"many":"lines"}\n'.repeat(1000))
    await claim()
    expect(await readFile(join(place.runs, 'other.jsonl'), 'utf8')).toHaveLength(17_000)
  })

  it('a run waits for a lock whose holder has stopped updating it', async () => {
    const child = await holder()
    const past = new Date(Date.now() - 15_000)
    await utimes(place.lock, past, past)
    const waiting = claim()
    await sleep(1200)
    child.stdin?.destroy()
    await waiting
  })

  it('the lock file records its holder and has mode 0600', async () => {
    await claim('run-1')
    expect(JSON.parse(await readFile(place.lock, 'utf8'))).toMatchObject({ run: 'run-1', user: 'ada' })
    expect((await stat(place.lock)).mode & 0o777).toBe(0o600)
  })

  it('losing the lock ends the run', async () => {
    const host = await claim()
    expect((await host.query(['true'])).code).toBe(0)
    const file = join(dir, 'file')
    await endHolders()
    await expect.poll(() => host.query(['true']).catch(error => error.code)).toBe('HOST_CLAIM_LOST')
    const error = await rejection(host.writeFile({ path: file, content: 'x' }))
    expect(error.code).toBe('HOST_CLAIM_LOST')
    expect(error.hint).toContain('run the same command again')
    expect(await readdir(dir)).not.toContain('file')
  })

  it('claimHost reports that no lock protects the host when flock is missing', async () => {
    const warned: string[] = []
    const answers = fakeHost({ name: 'cp1', commands: () => ({ stdout: 'unclaimed flock is missing\n' }) })
    const host = await claimHost(await deaf(answers), claimant('run-1'), text => warned.push(text))
    expect(warned).toEqual(['no lock protects cp1: flock is missing'])
    expect(host.log).toBeDefined()
  })

  it('claimHost reports that no lock protects the host when the lock file cannot be written', async () => {
    await writeFile(join(dir, 'run'), 'a file')
    const warned: string[] = []
    await claim('run-1', text => warned.push(text))
    expect(warned).toEqual([expect.stringContaining(`${place.lock} cannot be written`)])
  })
})

/** Kills the shells that hold the lock of this test. */
async function endHolders(): Promise<void> {
  const { stdout } = await (await connectLocal()).query(['pgrep', '-f', `sh ${place.lock} `])
  for (const pid of stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
}

/** A fake answers a command after its stdin has ended; the stdin of the lock never ends. */
async function deaf(host: ConnectedHost): Promise<ConnectedHost> {
  return { ...host, query: (argv, { stdin: _, ...opts } = {}) => host.query(argv, opts) }
}
