import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { type ClaimedHost, claimHost } from '../../../src/host/claim/claim.ts'
import type { ClaimPlace } from '../../../src/host/claim/claimant.ts'
import { readBeforeImages, readRuns } from '../../../src/host/claim/read-runs.ts'
import { copiedBytes, type LoggedStep, type RunEntry, runLog } from '../../../src/host/claim/run-log.ts'
import { readUnfinishedRun } from '../../../src/host/claim/unfinished-run.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { journaled } from '../../../src/host/journal.ts'
import { rejection } from '../../contract/hosts.ts'

let dir: string
let place: ClaimPlace
const opened: ClaimedHost[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-runs-'))
  place = { lock: join(dir, 'run', 'claim'), runs: join(dir, 'runs'), before: join(dir, 'before') }
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(host => host.close()))
  await rm(dir, { recursive: true })
})

const since = new Date('2026-03-04T05:06:07Z')

async function claim(run = 'run-1') {
  const claimant = { run, command: 'kadm init', user: 'ada', machine: 'laptop', pid: 4711, since }
  const host = await claimHost(await connectLocal(), claimant, () => expect.unreachable(), place)
  opened.push(host)
  return host
}

const step = (phase: string): LoggedStep => ({ stage: 'init', phase, node: 'cp1' })
const plan = ['preflight', 'certs/ca', 'etcd/local'].map(step)
const started: RunEntry = { type: 'run-started', intent: 'init', plan }
const begun = (phase: string): RunEntry => ({ type: 'step-started', ...step(phase), text: `Do ${phase}` })
const done = (phase: string, ...names: string[]): RunEntry => {
  return { type: 'step-done', ...step(phase), ms: 20, changes: { count: names.length, names } }
}
const broken = { code: 'HOST_FILE', text: 'cannot write /etc/x' }
const failed = (phase: string): RunEntry => {
  return { type: 'step-failed', ...step(phase), ms: 30, ...broken, changes: { count: 1, names: ['file /etc/x'] } }
}

/** Returns what a later run reads of a run with these entries. */
async function recorded(entries: readonly RunEntry[], run = 'run-1') {
  const host = await claim(run)
  for (const entry of entries) host.log.append(entry)
  await host.close()
  return readRuns(await connectLocal(), place)
}

describe('the run log', () => {
  it('the run log starts with the user and keeps entries in order, with mode 0600', async () => {
    await recorded([{ type: 'run-done', ms: 1 }, begun("\\ $HOME '")])
    const file = join(place.runs, 'run-1.jsonl')
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map(line => JSON.parse(line))).toEqual([
      { type: 'run-opened', time: since.toISOString(), ...{ run: 'run-1', command: 'kadm init' }, ...who },
      { type: 'run-done', time: expect.stringMatching(/Z$/), ms: 1 },
      expect.objectContaining({ type: 'step-started', phase: "\\ $HOME '" }),
    ])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(place.runs)).mode & 0o777).toBe(0o700)
  })

  it('the run log is not created by a run that logs nothing', async () => {
    expect(await recorded([])).toEqual([])
    expect(await readdir(place.runs)).toEqual([])
  })

  it('the run log does not recreate a directory that was removed during the run', async () => {
    const host = await claim()
    await rm(place.runs, { recursive: true })
    host.log.append(started)
    await host.log.keep(join(dir, 'run', 'claim'))
    await host.close()
    expect(await readdir(dir)).toEqual(['run'])
  })

  it('the host keeps the logs and file backups of the last twenty runs', async () => {
    await mkdir(place.runs, { recursive: true })
    const runs = Array.from({ length: 30 }, (_, i) => `20260101T0000${String(i).padStart(2, '0')}Z-a`)
    for (const run of runs) {
      await writeFile(join(place.runs, `${run}.jsonl`), '')
      await mkdir(join(place.before, run, 'etc'), { recursive: true })
    }
    const left = runs.slice(11)
    await recorded([started], '20260101T010000Z-b')
    expect(await readdir(place.runs)).toEqual([...left, '20260101T010000Z-b'].map(run => `${run}.jsonl`))
    expect(await readdir(place.before)).toEqual(left)
  })
})

const who = { user: 'ada', machine: 'laptop', pid: 4711 }

describe('readRuns', () => {
  it.each([
    {
      of: 'a completed run',
      entries: [started, ...plan.flatMap(({ phase }) => [begun(phase), done(phase)]), { type: 'run-done', ms: 9 }],
      state: 'done',
      steps: ['preflight done', 'certs/ca done', 'etcd/local done'],
    },
    {
      of: 'a run that failed on this host',
      entries: [started, begun('preflight'), failed('preflight'), { type: 'run-failed', ...broken }],
      state: 'failed',
      steps: ['preflight failed', 'certs/ca not-started', 'etcd/local not-started'],
    },
    {
      of: 'a run that was killed during a step',
      entries: [started, begun('preflight'), done('preflight'), begun('certs/ca')],
      state: 'unfinished',
      steps: ['preflight done', 'certs/ca unfinished', 'etcd/local not-started'],
    },
  ] satisfies { of: string; entries: RunEntry[]; state: string; steps: string[] }[])(
    'the run log shows the state of each step of $of',
    async ({ entries, state, steps }) => {
      const [run, ...more] = await recorded(entries)
      expect(more).toEqual([])
      expect(run).toMatchObject({ run: 'run-1', command: 'kadm init', ...who, startedAt: since.toISOString(), state })
      expect(run?.steps.map(one => `${one.phase} ${one.state}`)).toEqual(steps)
    },
  )

  it('the run log has the changes, times and errors of its steps', async () => {
    const entries = [started, begun('certs/ca'), done('certs/ca', 'file /etc/ca.crt'), begun('etcd/local')]
    const [run] = await recorded([...entries, failed('etcd/local'), { type: 'run-failed', ...broken }])
    expect(run).toMatchObject({ error: broken, endedAt: expect.stringMatching(/Z$/) })
    expect(run?.steps.slice(1)).toMatchObject([
      { ms: 20, changes: ['file /etc/ca.crt'], startedAt: expect.stringMatching(/Z$/) },
      { ms: 30, changes: ['file /etc/x'], error: broken },
    ])
  })

  it('readRuns skips a partial line and reads the log of an earlier version', async () => {
    await mkdir(place.runs, { recursive: true })
    const line = { type: 'step-started', time: 't', phase: 'certs/ca', node: 'cp1', text: 'Do it' }
    await writeFile(join(place.runs, 'old.jsonl'), `${JSON.stringify(line)}\n{"type":"st`)
    expect(await readRuns(await connectLocal(), place)).toEqual([
      {
        run: 'old',
        startedAt: 't',
        state: 'unfinished',
        steps: [{ ...step('certs/ca'), stage: '-', state: 'unfinished', startedAt: 't', changes: [] }],
      },
    ])
  })
})

describe('readUnfinishedRun', () => {
  const unfinished = async () => readUnfinishedRun(await connectLocal(), place)

  it.each([
    {
      of: 'a run that was killed during two parallel steps',
      entries: [started, begun('preflight'), done('preflight'), begun('certs/ca'), begun('etcd/local')],
      steps: ['certs/ca', 'etcd/local'],
    },
    {
      of: 'a run that was killed between two steps',
      entries: [started, begun('preflight'), done('preflight')],
      steps: [],
    },
  ])('readUnfinishedRun returns the command, steps and time of $of', async ({ entries, steps }) => {
    const [run] = await recorded(entries)
    const lines = (await readFile(join(place.runs, 'run-1.jsonl'), 'utf8')).trim().split('\n')
    const { time } = JSON.parse(lines.at(-1) ?? '') as { time: string }
    expect(run?.state).toBe('unfinished')
    expect(await unfinished()).toEqual({
      ...{ run: 'run-1', command: 'kadm init', stoppedAt: new Date(time) },
      steps: steps.map(phase => ({ stage: 'init', phase })),
    })
  })

  it.each([
    ['completed', { type: 'run-done', ms: 9 }],
    ['failed with an error', { type: 'run-failed', ...broken }],
  ] as const)('readUnfinishedRun returns nothing when a later run %s', async (_, end) => {
    await recorded([started, begun('certs/ca')])
    await recorded([started, end], 'run-2')
    expect(await unfinished()).toBeUndefined()
  })

  it('readUnfinishedRun returns an earlier run, but not the run that holds the lock', async () => {
    await recorded([started, begun('certs/ca')])
    const host = await claim('run-2')
    expect((await unfinished())?.run).toBe('run-1')
    host.log.append(started)
    await expect.poll(unfinished).toBeUndefined()
  })

  it('readUnfinishedRun returns nothing on a host where kadm has not run', async () => {
    expect(await unfinished()).toBeUndefined()
  })
})

it('a run has the state running while it holds the lock of the host', async () => {
  const host = await claim()
  host.log.append(started)
  const states = async () => (await readRuns(await connectLocal(), place)).map(({ state }) => state)
  await expect.poll(states).toEqual(['running'])
  await host.close()
  expect(await states()).toEqual(['unfinished'])
})

it('readRuns returns nothing on a host where kadm has not run', async () => {
  expect(await readRuns(await connectLocal(), place)).toEqual([])
})

describe('backups of changed files', () => {
  const file = () => join(dir, 'etc', 'admin.conf')
  const kept = async () => readBeforeImages(await connectLocal(), 'run-1', place)
  const changing = (host: ClaimedHost) => journaled(host, () => undefined, host.log.keep)

  it('a run copies a file once before its first change, with mode 0600', async () => {
    const host = await claim()
    await host.writeFile({ path: file(), content: 'first', mode: 0o644 })
    for (const content of ['second', 'third']) await changing(host).writeFile({ path: file(), content })
    await host.close()
    const copy = join(place.before, 'run-1', file())
    expect(await kept()).toEqual([{ path: file(), copy, mode: '644', owner: expect.stringMatching(/:/) }])
    expect(await readFile(copy, 'utf8')).toBe('first')
    expect((await stat(copy)).mode & 0o777).toBe(0o600)
    expect((await stat(place.before)).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['copies', 'a file of 10 MiB', copiedBytes, true],
    ['records only the size and checksum of', 'a larger file', copiedBytes + 1, false],
  ])('a run %s %s before it changes the file', async (_, __, size, copied) => {
    await mkdir(join(dir, 'etc'))
    await writeFile(file(), Buffer.alloc(size, 'k'), { mode: 0o640 })
    const host = await claim()
    for (const content of ['second', 'third']) await changing(host).writeFile({ path: file(), content })
    await host.close()
    const copy = join(place.before, 'run-1', file())
    const sha256 = createHash('sha256').update(Buffer.alloc(size, 'k')).digest('hex')
    const facts = { path: file(), mode: '640', owner: expect.stringMatching(/:/) }
    expect(await kept()).toEqual([{ ...facts, ...(copied ? { copy } : { size, sha256 }) }])
    expect(await readFile(file(), 'utf8')).toBe('third')
    expect((await readdir(dir)).includes('before')).toBe(copied)
  })

  it.each([
    ['keeps copies for 30 days', 29, ['old']],
    ['deletes copies after 30 days', 31, []],
  ])('a host %s', async (_, days, left) => {
    await mkdir(place.runs, { recursive: true })
    await writeFile(join(place.runs, 'old.jsonl'), '')
    await mkdir(join(place.before, 'old', 'etc'), { recursive: true })
    const then = new Date(Date.now() - days * 24 * 3600 * 1000)
    await utimes(join(place.before, 'old'), then, then)
    await (await claim()).close()
    expect(await readdir(place.before)).toEqual(left)
    expect(await readdir(place.runs)).toEqual(['old.jsonl'])
  })

  it('a run does not copy a file that it creates', async () => {
    const host = await claim()
    await changing(host).writeFile({ path: file(), content: 'first' })
    await host.close()
    expect(await kept()).toEqual([])
  })

  it('the temporary file of a run that was killed while it copied is not listed', async () => {
    const host = await claim()
    await host.writeFile({ path: file(), content: 'first' })
    await changing(host).writeFile({ path: file(), content: 'second' })
    await host.close()
    const copy = join(place.before, 'run-1', file())
    for (const name of ['.kadm-0123456789abcdef', 'x.part']) await writeFile(join(copy, '..', name), 'fir')
    expect((await kept()).map(({ path }) => path).sort()).toEqual([file(), join(file(), '..', 'x.part')])
  })

  it('a run that may not look into the directory of logs makes no copy', async () => {
    const lines: string[] = []
    const host = fakeHost({ files: { '/x': 'first' } })
    const stat = async (path: string) => {
      if (path === place.runs) throw new KadmError('HOST_FILE', 'permission denied')
      return host.stat(path)
    }
    const claimant = { run: 'run-1', command: 'kadm init', user: 'ada', machine: 'laptop', pid: 4711, since }
    await runLog({ ...host, stat }, claimant, place, line => void lines.push(line)).keep('/x')
    expect(lines).toEqual([])
    expect(await host.list('/')).toEqual(['x'])
  })

  it('a run does not change a file that it cannot copy', async () => {
    await writeFile(place.before, 'a file')
    await mkdir(join(dir, 'etc'))
    await writeFile(file(), 'first')
    const host = await claim()
    const error = await rejection(changing(host).writeFile({ path: file(), content: 'second' }))
    expect(error.code).toBe('HOST_FILE')
    expect(error.message).toMatch(/admin\.conf on .+ cannot be copied before it is changed: .*not a directory/)
    expect(error.hint).toContain(place.before)
    expect(await readFile(file(), 'utf8')).toBe('first')
  })
})
