import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { errorReport } from '../../src/ui/error-report.ts'
import { presentError } from '../../src/ui/present-error.ts'
import { nodes, phase, runStages, stage } from './steps.ts'

const failing = (id: string, error: unknown = new KadmError('TIMEOUT', `${id} failed`, { hint: 'wait' })) =>
  phase(id, async () => {
    throw error
  })

it('execute runs rows one after another', async () => {
  const { log, error } = await runStages([stage([phase('a'), phase('b')])])
  expect(error).toBeUndefined()
  expect(log).toEqual(['started a@cp1', 'done a@cp1', 'started b@cp1', 'done b@cp1'])
})

it('execute runs the phases of a row in parallel', async () => {
  let meet = (): void => undefined
  const met = new Promise<void>(resolve => {
    meet = resolve
  })
  const { log } = await runStages([stage([[phase('waits', () => met), phase('frees', async () => meet())]])])
  expect(log.slice(0, 2)).toEqual(['started waits@cp1', 'started frees@cp1'])
  expect(log).toHaveLength(4)
})

it('execute runs the steps of a lane in order and in parallel with other lanes', async () => {
  let meet = (): void => undefined
  const met = new Promise<void>(resolve => {
    meet = resolve
  })
  const lanes = [[phase('first'), phase('second', async () => meet())], phase('waits', () => met)]
  const { log, error } = await runStages([stage([lanes])])
  expect(error).toBeUndefined()
  expect(log.filter(line => !line.includes('waits'))).toEqual([
    'started first@cp1',
    'done first@cp1',
    'started second@cp1',
    'done second@cp1',
  ])
})

it('execute starts no further step of a lane after another lane fails', async () => {
  let fail = (): void => undefined
  const failed = new Promise<void>(resolve => {
    fail = resolve
  })
  const slow = phase('slow', async () => {
    await failed
    await turn()
  })
  const broken = phase('broken', async () => {
    fail()
    throw new KadmError('TIMEOUT', 'broken failed')
  })
  const { log, error } = await runStages([stage([[[slow, phase('never')], broken]])])
  expect(error).toMatchObject({ message: 'broken failed' })
  expect(log).toContain('done slow@cp1')
  expect(log).not.toContain('started never@cp1')
})

it('execute runs as many nodes at once as the stage allows', async () => {
  let now = 0
  let most = 0
  const count = phase('count', async () => {
    now += 1
    most = Math.max(most, now)
    await turn()
    now -= 1
  })
  await runStages([stage([count], nodes('a', 'b', 'c', 'd', 'e'), 2)])
  expect(most).toBe(2)
})

it('execute finishes one stage before it starts the next', async () => {
  const { log } = await runStages([stage([phase('first')], nodes('a', 'b'), 2), stage([phase('second')])])
  expect(log.slice(-2)).toEqual(['started second@cp1', 'done second@cp1'])
})

it('execute reports why a step is skipped and does not run it', async () => {
  const never = phase(
    'never',
    () => expect.unreachable(),
    () => 'not wanted',
  )
  const { events } = await runStages([stage([never])])
  expect(events).toContainEqual(expect.objectContaining({ type: 'step-skipped', reason: 'not wanted' }))
})

it('execute assigns notes and changes to the step that made them', async () => {
  const busy = phase('busy', async ctx => {
    ctx.report({ kind: 'progress', text: 'half way' })
    await ctx.cri()
  })
  const { events } = await runStages([stage([busy, phase('idle')])])
  const done = events.flatMap(event =>
    event.type === 'step-done' ? [[event.step.phase.id, event.changes.length]] : [],
  )
  expect(done).toEqual([
    ['busy', 1],
    ['idle', 0],
  ])
  const note = events.find(event => event.type === 'step-note')
  expect(note).toMatchObject({ step: { phase: { id: 'busy' } }, note: { text: 'half way' } })
})

it('execute finishes the row of a failed step, then stops with the place of the failure', async () => {
  const { log, error } = await runStages([
    stage([[failing('bad'), phase('beside')], phase('later')]),
    stage([phase('more')]),
  ])
  expect(log).toContain('done beside@cp1')
  expect(log.join()).not.toMatch(/later|more/)
  expect(error).toMatchObject({
    code: 'TIMEOUT',
    message: 'bad failed',
    hint: 'wait',
    where: { phase: 'bad', node: 'cp1' },
  })
})

it('execute starts no further node after a failure and finishes the running ones', async () => {
  const perNode = phase('work', async ctx => {
    if (ctx.node.name === 'a') throw new KadmError('TIMEOUT', 'no')
    await turn()
  })
  const { log } = await runStages([stage([perNode, phase('last')], nodes('a', 'b', 'c'), 2)])
  expect(log).toContain('done last@b')
  expect(log.join()).not.toMatch(/@c/)
})

it('execute throws several failures as one AggregateError', async () => {
  const { error } = await runStages([stage([[failing('one'), failing('two'), phase('fine')]])])
  expect(error).toBeInstanceOf(AggregateError)
  expect((error as AggregateError).errors).toMatchObject([{ where: { phase: 'one' } }, { where: { phase: 'two' } }])
})

it.each([
  ['an Error', new TypeError('x is not a function'), 'x is not a function'],
  ['anything else', 'oops', 'oops'],
])('execute reports %s that a phase throws as an internal error', async (_, thrown, message) => {
  const { error, events } = await runStages([stage([failing('bug', thrown)])])
  expect(error).toMatchObject({ code: 'INTERNAL', message, where: { phase: 'bug', node: 'cp1' }, cause: thrown })
  expect(events).toContainEqual(expect.objectContaining({ type: 'step-failed', error }))
})

it('execute keeps hint, output, status and problems of an error', async () => {
  const details = { hint: 'h', output: 'o', status: 403, problems: [{ message: 'p' }] }
  const { error } = await runStages([stage([failing('bad', new KadmError('API_REFUSED', 'no', details))])])
  expect(error).toMatchObject(details)
})

it('execute stops between two steps when it is interrupted', async () => {
  const controller = new AbortController()
  const stops = phase('stops', async () => controller.abort())
  const { log, error } = await runStages([stage([stops, phase('later')])], controller.signal)
  expect(log).toEqual(['started stops@cp1', 'done stops@cp1'])
  expect(error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130, message: 'interrupted before later' })
})

it('execute reports an interrupt inside a phase as INTERRUPTED', async () => {
  const controller = new AbortController()
  const pulls = phase('pulls', async () => {
    controller.abort()
    controller.signal.throwIfAborted()
  })
  const { error } = await runStages([stage([pulls])], controller.signal)
  expect(error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130, where: { phase: 'pulls' } })
})

it('execute hides the password of a URL in notes, changes and errors', async () => {
  const url = 'http://bob:PASSWORD@proxy'
  const details = { hint: `see ${url}`, output: url, problems: [{ message: url, remedy: url }], cause: new Error(url) }
  const speaks = phase('speaks', async ({ report }) => {
    report({ kind: 'warning', text: `uses ${url}` })
    report({ kind: 'judgement', check: 'HTTPProxy', level: 'warning', message: url, remedy: url })
    throw new KadmError('CRI_FAILED', `dialling ${url}`, details)
  })
  const { events, error } = await runStages([stage([speaks])])
  const { cause: _, ...shown } = error as KadmError
  expect(JSON.stringify([events.filter(({ type }) => type === 'step-note'), shown])).not.toContain('PASSWORD')
  expect(presentError(error, { verbose: true, color: false })).not.toContain('PASSWORD')
  expect(JSON.stringify(errorReport(error))).not.toContain('PASSWORD')
})

it('execute starts the next node after the gate of the previous node passes', async () => {
  const gate = phase('gate')
  const { log } = await runStages([stage([phase('a')], nodes('cp1', 'cp2'), 1, gate)])
  expect(log.filter(line => line.startsWith('started'))).toEqual([
    'started a@cp1',
    'started gate@cp1',
    'started a@cp2',
    'started gate@cp2',
  ])
})

it('execute starts no further node when a gate fails', async () => {
  const { log, error } = await runStages([stage([phase('a')], nodes('cp1', 'cp2'), 1, failing('gate'))])
  expect(error).toMatchObject({ code: 'TIMEOUT', where: { phase: 'gate', node: 'cp1' } })
  expect(log.filter(line => line.includes('cp2'))).toEqual([])
})
