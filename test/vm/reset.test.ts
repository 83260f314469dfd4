import { beforeAll, expect, it } from 'vitest'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { preflight } from './preflight.ts'
import { cluster, freshMachine } from './states.ts'

let operator: Operator
let machines: readonly Machine[]
let before: string[]

/** What a node leaves on a machine: processes, mounts, cgroups, files. Empty directories stay, as with kubeadm. */
const traces = `
pgrep -lx 'kube.*|etcd|coredns|pause|containerd-shim' | cut -d' ' -f2 | sort
grep -E 'kubelet|etcd|/run/containerd|/run/netns' /proc/mounts
ls -d /sys/fs/cgroup/kubepods* 2>/dev/null
find /etc/kubernetes /var/lib/kubelet /var/lib/etcd ! -type d 2>/dev/null | sort
true`

const look = async (machine: Machine) => (await machine.run(traces)).stdout

beforeAll(async () => {
  await stopAll()
  operator = await Operator.create()
  before = [await look(await freshMachine('cp1')), await look(await freshMachine('w1'))]
  machines = (await cluster(operator)).machines
})

it('reset of a worker and of the control plane leaves no process, mount, cgroup or file of a cluster', async () => {
  const [cp1, w1] = machines as [Machine, Machine]
  expect((await look(cp1)).split('\n')).toContain('etcd')
  await operator.answer(['reset', '-f', '--host', w1.ssh('ops')])
  await operator.answer(['reset', '-f', '--host', cp1.ssh()])
  expect([await look(cp1), await look(w1)]).toEqual(before)
  const checks = await preflight(operator, ['--control-plane', '--config', operator.initConfig], machines)
  expect(checks.filter(({ level }) => level === 'error')).toEqual([])
})
