import { expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { recordedHost } from '../../src/host/recorded.ts'
import { ensureFresh } from '../../src/ops/service.ts'

const written = new Date('2026-01-01T12:00:00Z')
const conf = '/var/lib/kubelet/config.yaml'

interface Unit {
  readonly active?: string
  readonly pid?: number
  /** Seconds between the writing of the file and the start of the unit. */
  readonly startedAfter?: number
}

/** A host that has been up for a day, one minute after its file was written. */
async function machine({ active = 'active', pid = 42, startedAfter }: Unit) {
  const now = written.getTime() / 1000 + 60
  const monotonic = startedAfter === undefined ? 0 : 86_400 - 60 + startedAfter
  const lines = [
    'LoadState=loaded',
    `ActiveState=${active}`,
    'UnitFileState=enabled',
    `ExecMainStartTimestampMonotonic=${monotonic * 1e6}`,
    `MainPID=${pid}`,
    'Uptime=86400',
    `Now=${now}`,
  ]
  const commands = ({ argv }: { readonly argv: readonly string[] }) =>
    argv[0] === 'sh' ? { stdout: `${lines.join('\n')}\n` } : 0
  const host = fakeHost({ commands, now: () => written })
  await host.writeFile({ path: conf, content: 'x' })
  return host
}

it.each<{ readonly title: string; readonly unit: Unit; readonly restarts: boolean }>([
  { title: 'runs since after its file was written', unit: { startedAfter: 1 }, restarts: false },
  { title: 'runs since before its file was written', unit: { startedAfter: -1 }, restarts: true },
  { title: 'never ran', unit: { active: 'inactive', pid: 0 }, restarts: true },
  { title: 'has ended', unit: { active: 'failed', pid: 0, startedAfter: 5 }, restarts: true },
  { title: 'waits to be started again', unit: { active: 'activating', pid: 0, startedAfter: 5 }, restarts: true },
])('ensureFresh restarts a unit that $title: $restarts', async ({ unit, restarts }) => {
  const host = await machine(unit)
  expect(await ensureFresh(host, 'kubelet', [conf])).toBe(restarts)
  const commands = host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv.join(' '))
  expect(commands.filter(command => command !== 'systemctl reset-failed kubelet')).toEqual(
    restarts ? ['systemctl daemon-reload', 'systemctl restart kubelet'] : [],
  )
})

it.each(['activating', 'failed'])('ensureFresh resets the restart counter of a unit that is %s', async active => {
  const host = await machine({ active, pid: 0 })
  await ensureFresh(host, 'kubelet', [conf])
  const commands = host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv[1])
  expect(commands).toEqual(['daemon-reload', 'reset-failed', 'restart'])
})

it('ensureFresh ignores files that do not exist', async () => {
  const host = await machine({ startedAfter: 1 })
  expect(await ensureFresh(host, 'kubelet', [conf, '/nothing'])).toBe(false)
})

it('ensureFresh reports why a unit cannot be restarted', async () => {
  const broken = fakeHost({
    commands: { 'systemctl daemon-reload': 0, 'systemctl restart kubelet': { code: 5, stderr: 'no unit' } },
  })
  await expect(ensureFresh(broken, 'kubelet', [])).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})

it('a dry run records the restart of a unit once, until one of its files is newer', async () => {
  const recorded = recordedHost(await machine({ active: 'inactive', pid: 0 }))
  expect(await ensureFresh(recorded, 'kubelet', [conf], [{ path: '/made' }])).toBe(true)
  expect(await recorded.stat('/made')).toMatchObject({ kind: 'file' })
  expect(await ensureFresh(recorded, 'kubelet', [conf])).toBe(false)
  await recorded.writeFile({ path: conf, content: 'y' })
  expect(await ensureFresh(recorded, 'kubelet', [conf])).toBe(true)
})
