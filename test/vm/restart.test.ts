import { beforeEach, expect, it } from 'vitest'
import { connectPods } from '../lab/pods.ts'
import { say, since } from '../lab/progress.ts'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { patienceMs } from './settings.ts'
import { cluster } from './states.ts'

let operator: Operator
let machines: readonly Machine[]
let cp1: Machine
let before: string

/** Objects that a restart must keep, by the id that the API server gave them. */
const kept = ['get', 'nodes,configmaps,serviceaccounts,services', '-A', '-o']
const ids = 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}'

beforeEach(async () => {
  await stopAll()
  operator = await Operator.create()
  machines = (await cluster(operator)).machines
  cp1 = machines[0] as Machine
  before = await operator.kubectl([...kept, ids])
  expect(before).toContain('ConfigMap kept ')
})

const bootId = async () => (await cp1.run('cat /proc/sys/kernel/random/boot_id')).stdout

it.each([
  [
    'a reboot',
    async () => {
      const booted = (await bootId()).trim()
      await cp1.run('systemctl reboot', { check: false })
      await cp1.until(`! grep -q ${booted} /proc/sys/kernel/random/boot_id`, patienceMs)
    },
  ],
  [
    'a power cut',
    async () => {
      await cp1.off()
      await cp1.boot()
    },
  ],
])('after %s of the control plane the cluster comes back with all its objects', async (what, restart) => {
  const start = performance.now()
  await restart()
  await cp1.untilUp()
  say(`${what}: up after ${since(start)}`)
  expect(await operator.kubectlUntil(['get', '--raw', '/readyz'])).toBe('ok')
  say(`${what}: the API server answers after ${since(start)}`)
  const after = await operator.kubectl([...kept, ids])
  // As the agent of a CNI plugin does: the routes went with the restart.
  await connectPods(cp1, machines)
  await operator.untilReady()
  say(`${what}: all Ready after ${since(start)}`)
  expect(after).toBe(before)
})
