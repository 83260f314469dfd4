import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { phasesOf } from '../../../src/phases/pipelines.ts'
import type { Event, Step } from '../../../src/pipeline/events.ts'
import { makeProgress } from '../../../src/ui/progress.ts'
import { step } from '../sample-run.ts'
import { resizeMark } from './marks.ts'

/**
 * Draws the run of a command on some hosts on the terminal that it is started in: `show-run.ts HOSTS [EVENT]`. EVENT happens
 * in the middle: `narrow` makes the terminal narrower, `write` writes to stderr past the list.
 */
const [hosts = '1', middle] = process.argv.slice(2)
const count = Number(hosts)
const families = new Map<string, { readonly id: string; readonly title: string }>()
for (const phase of phasesOf(count === 1 ? 'init' : 'join')) families.set(phase.id.split('/')[0] ?? '', phase)
const names = Array.from({ length: count }, (_, i) => `node-${i + 1}`)
const steps = names.flatMap(name => [...families.values()].map(({ id, title }) => step(id, title, name)))
/** Of many hosts, some fail. */
const fails = ({ node, phase }: Step) => count > 10 && phase.id === 'kubelet-start' && /[37]$/.test(node.name)

// The timer of the list keeps no process alive.
const alive = setInterval(() => {}, 1000)
let clock = 0
let written = 0
let wake = () => {}
const write = process.stderr.write.bind(process.stderr)
process.stderr.write = (...args: readonly unknown[]) => {
  written += 1
  wake()
  return Reflect.apply(write, process.stderr, args)
}
const now = () => {
  clock += 37
  return new Date(clock)
}
const io = { stderr: process.stderr, env: { TERM: 'xterm' }, now }
const progress = makeProgress('auto', io)

/** Waits until the list was drawn: the clock goes on with every look, and so do the signs of what runs. */
async function drawn(): Promise<void> {
  const before = written
  while (written === before) await new Promise<void>(resolve => (wake = resolve))
}

async function happen(): Promise<void> {
  if (middle === 'write') process.stderr.write('(node:1) Warning: written past the list\n')
  if (middle !== 'narrow') return
  const resized = once(process.stderr, 'resize')
  execFileSync('stty', ['cols', '60'], { stdio: ['inherit', 'pipe', 'pipe'] })
  await resized
  write(resizeMark)
}

const emit = (event: Event) => progress.emit(event)
emit({ type: 'run-started', intent: count === 1 ? 'init' : 'join', steps })
await drawn()
const failed = new Set<string>()
for (const [i, { id }] of [...families.values()].entries()) {
  const row = steps.filter(({ phase, node }) => phase.id === id && !failed.has(node.name))
  for (const one of row) emit({ type: 'step-started', step: one })
  for (const one of row.slice(0, 3)) {
    const text =
      'waiting for\tcontainers 起動中 👷 \u001b[31mwith a text that is much longer than the terminal is wide, and then some more of it\n'
    emit({ type: 'step-note', step: one, note: { kind: 'progress', text } })
  }
  if (i === 0) {
    for (const one of row) emit({ type: 'step-note', step: one, note: { kind: 'warning', text: 'swap is on' } })
  }
  await drawn()
  if (i === 1) await happen()
  if (i === 1) await drawn()
  for (const one of row) {
    if (fails(one)) {
      const error = new KadmError('COMMAND_FAILED', 'systemctl restart kubelet exited 5')
      failed.add(one.node.name)
      emit({ type: 'step-failed', step: one, ms: 2400, error, changes: [] })
    } else {
      const changes = [{ kind: 'file', on: one.node.name, what: `/etc/${id}` }] as const
      emit({ type: 'step-done', step: one, ms: 700, changes })
    }
    if (row.indexOf(one) % 10 === 0) await drawn()
  }
}
if (!steps.some(fails)) emit({ type: 'run-done', ms: 66_010 })
await progress.close()
clearInterval(alive)
