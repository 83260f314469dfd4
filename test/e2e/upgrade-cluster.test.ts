import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { type Here, kadmHere } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
const [old, target] = ['v1.36.3', 'v1.37.2'] as const
const binaries = '/srv/kubernetes'

beforeAll(async () => {
  lab = await startLab({ name: 'upgrade', most: { controlPlanes: 1, workers: 1 }, versions: [old, target] })
  here = await kadmHere(lab)
  const nodes = await Promise.all(['cp1', 'w1'].map(name => lab.startNode({ name, kubernetes: old })))
  ;[cp, worker] = nodes as [LabNode, LabNode]
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version: old, advertiseAddress: cp.address }))
  await cp.run([oracleKubeadm(old), 'init', '--config', '/root/init.yaml'], { timeoutMs: 280_000 })
  const printed = await cp.run([oracleKubeadm(old), 'token', 'create', '--print-join-command'])
  const join = printed.stdout.trim().replace(/^kubeadm/, oracleKubeadm(old))
  await worker.run(`${join} --ignore-preflight-errors=all`, { timeoutMs: 280_000 })
  await lab.connectPods(cp)
  await untilReady(cp, ['cp1', 'w1'])
  for (const node of nodes) {
    const copy = `mkdir -p ${binaries} && cd ${binaries} && cp ${oracleKubeadm(target)} kubelet`
    await node.run(`${copy} && sha256sum kubelet > SHA256SUMS`)
  }
}, 1_500_000)
afterAll(() => lab?.stop())

const hosts = () => ['--host', `${cp.ssh()},${worker.ssh('ops')}`, '--ignore-preflight-errors', 'SystemVerification']
const upgrade = (...args: readonly string[]) =>
  here.run(['upgrade', 'cluster', target, '-y', ...hosts(), '--binaries', binaries, '--progress', 'plain', ...args])

const versions = () =>
  kubectl(
    cp,
    'get nodes -o jsonpath=\'{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.spec.unschedulable}{"\\n"}{end}\'',
  )

describe('upgrade cluster', () => {
  it('upgrades a control plane and a worker that kubeadm created, with their kubelets', async () => {
    const { code, stderr, stdout } = await upgrade()
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(`All nodes have version ${target}`)
    expect(await versions()).toBe(`cp1 ${target} \nw1 ${target} \n`)
    await untilReady(cp, ['cp1', 'w1'])
  })
})
