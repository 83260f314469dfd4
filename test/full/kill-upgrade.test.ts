import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { cutOff, leftovers, type RunEvent, startHere } from '../e2e/killing.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { binaries, provideKubelet, startOldCluster, tagsOf, target } from '../e2e/old-cluster.ts'
import type { Lab, LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'

let lab: Lab
let here: Here
const node = (name: string): LabNode => lab.node(name)

beforeAll(async () => {
  const made = await startOldCluster({ name: 'kill-upgrade', workers: 1, untainted: true })
  ;({ lab, here } = made)
  await provideKubelet(made.nodes, target)
}, 1_500_000)
afterAll(() => lab?.stop())

const cluster = () => [
  ...['upgrade', 'cluster', target, '-y', '--binaries', binaries],
  ...['--host', `${node('cp1').ssh()},${node('w1').ssh('ops')}`, ...ignoring],
]
const apply = () => ['upgrade', 'apply', target, '-y', '--host', node('cp1').ssh(), ...ignoring]

const pods = ['etcd', 'apiserver', 'controller-manager', 'scheduler'].map(name => `control-plane/${name}`)
const ofCluster = ['upload-config/kubeadm', 'upload-config/kubelet', 'addon/coredns', 'addon/kube-proxy']
const ofKubelet = ['drain', 'install', 'restart', 'uncordon'].map(name => `upgrade-kubelet/${name}`)
/** The first of them is for control planes only. */
const ofNode = ['kubeconfig', 'kubelet-config', 'post-upgrade', ...ofKubelet]
const checks = ['preflight', 'upgrade-kubelet/check-drain', 'upgrade-kubelet/prepare', 'upgrade-backup']

/** The steps of the upgrade of each node, in order. */
const steps: readonly (readonly [node: string, phase: string])[] = [
  ...[...checks, ...pods, 'control-plane/kubeconfigs', ...ofCluster, ...ofNode].map(phase => ['cp1', phase] as const),
  ...['upgrade-backup', ...ofNode.slice(1)].map(phase => ['w1', phase] as const),
]
const moments = [0, 400, 2500, 9000]

/** Kills a run some time after a step of a node has begun, which every run does. */
async function killIn(name: string, phase: string, afterMs: number): Promise<void> {
  const run = startHere(here, cluster())
  const fits = (event: RunEvent) => event.type === 'step-started' && event.phase === phase && event.node === name
  const reached = await run.until(fits)
  await Promise.race([run.ended, new Promise(resolve => setTimeout(resolve, afterMs))])
  run.kill()
  const { code, stderr } = await run.ended
  expect([0, 137], stderr).toContain(code)
  expect(reached, stderr).toBeDefined()
}

/** The control plane runs the target, as kubeadm would write it. */
async function expectApplied(): Promise<void> {
  await untilReady(node('cp1'), ['cp1', 'w1'])
  expect(await tagsOf(node('cp1'))).toEqual(['3.7.0-0', target, target, target])
  const diff = await node('cp1').run([oracleKubeadm(target), 'upgrade', 'diff', target], { timeoutMs: 120_000 })
  expect(diff.stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
  for (const name of ['cp1', 'w1']) expect(await leftovers(node(name))).toEqual([])
}

async function expectUpgraded(): Promise<void> {
  const fields = '{.metadata.name} {.spec.unschedulable} {.status.nodeInfo.kubeletVersion}{"\\n"}'
  const nodes = await kubectl(node('cp1'), `get nodes -o jsonpath='{range .items[*]}${fields}{end}'`)
  expect(nodes).toBe(`cp1  ${target}\nw1  ${target}\n`)
  await expectApplied()
}

describe('interruptions of upgrade cluster', () => {
  it.each(steps)('upgrade cluster continues an interrupted run and is killed on %s in %s', async (name, phase) => {
    for (const afterMs of moments) await killIn(name, phase, afterMs)
  })

  it('upgrade cluster completes after it was killed in one step after another', async () => {
    await answerHere(here, cluster())
    await expectUpgraded()
    expect((await answerHere(here, cluster())).changes).toEqual([])
  })
})

describe('interruptions of upgrade apply', () => {
  beforeAll(() => answerHere(here, apply()))
  const back = async () => {
    await answerHere(here, ['upgrade', 'rollback', '-y', '--host', node('cp1').ssh()])
  }

  it.each(['control-plane/etcd', 'control-plane/apiserver'])(
    'upgrade apply completes after the network failed in %s',
    async phase => {
      await back()
      const run = startHere(here, apply())
      const { code, stderr } = await cutOff(run, { phase, type: 'step-started', afterMs: 1500 }, node('cp1'))
      expect(code, stderr).toBe(4)
      await node('cp1').connect()
      await answerHere(here, apply())
      await expectApplied()
    },
  )

  it.each(['control-plane/etcd', 'control-plane/controller-manager'])(
    'upgrade apply completes after a power failure of the control plane in %s',
    async phase => {
      await back()
      const run = startHere(here, apply())
      await run.until(event => event.type === 'step-started' && event.phase === phase)
      await new Promise(resolve => setTimeout(resolve, 1500))
      node('cp1').kill()
      const { code, stderr } = await run.ended
      expect(code, stderr).toBe(4)
      await lab.rebootNode('cp1')
      await lab.connectPods(node('cp1')).catch(() => undefined)
      await answerHere(here, apply())
      await lab.connectPods(node('cp1'))
      await expectApplied()
    },
  )
})
