import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { startHere } from './killing.ts'
import { kubectl, untilReady } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
let uids: string
const [old, target] = ['v1.36.3', 'v1.37.2'] as const

beforeAll(async () => {
  lab = await startLab({ name: 'apply', most: { controlPlanes: 1, workers: 1 }, versions: [old, target] })
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
  uids = await readUids()
}, 1_500_000)
afterAll(() => lab?.stop())

const readUids = () =>
  kubectl(cp, `get ns,sa,cm,svc -A -o jsonpath='{range .items[*]}{.metadata.uid} {.metadata.name}{"\\n"}{end}'`)
const apply = (...args: readonly string[]) => [
  'upgrade',
  'apply',
  target,
  '-y',
  '--host',
  cp.ssh(),
  ...ignoring,
  ...args,
]
const images = async () =>
  (await cp.run("sed -n 's/^ *image: .*://p' /etc/kubernetes/manifests/*.yaml")).stdout.trim().split('\n')

/** Fails if an object is another one than before. */
async function expectSameObjects(): Promise<void> {
  const now = new Set((await readUids()).split('\n'))
  expect(uids.split('\n').filter(line => !now.has(line))).toEqual([])
}

describe('upgrade of a cluster that kubeadm created', () => {
  it('a control plane whose API server cannot start is rolled back, with the cause', async () => {
    const patches = join(here.home, 'patches')
    await mkdir(patches)
    const patch = '[{op: add, path: /spec/containers/0/command/-, value: --no-such-flag=1}]'
    await writeFile(join(patches, 'kube-apiserver+json.yaml'), patch)
    const { code, stderr } = await here.run(apply('--patches', patches, '--rollback-on-failure', '--progress', 'plain'))
    expect(code, stderr).toBe(7)
    expect(stderr).toContain('unknown flag: --no-such-flag')
    expect(stderr).toContain(`cp1 was rolled back to ${old}`)
    expect(await images()).toEqual(['3.6.8-0', old, old, old])
    await expectSameObjects()
  })

  it('a killed upgrade leaves an API server that answers, and the next one completes it', async () => {
    const run = startHere(here, apply())
    await run.until(({ type, phase }) => type === 'step-started' && phase === 'control-plane/etcd')
    await cp.run('until [ ! -e /etc/kubernetes/manifests/kube-apiserver.yaml ]; do sleep 0.05; done')
    run.kill()
    await run.ended
    await cp.run('until [ ! -d /var/lib/kadm/swap ]; do sleep 0.2; done', { timeoutMs: 60_000 })
    const answers = 'kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz'
    await cp.run(`until ${answers}; do sleep 0.5; done`, { timeoutMs: 120_000 })
    const { nodes } = await answerHere(here, apply())
    expect(nodes).toMatchObject([{ name: 'cp1', from: old, to: target }])
    expect(await images()).toEqual(['3.7.0-0', target, target, target])
    await expectSameObjects()
  })

  it('kubeadm finds nothing to upgrade after kadm', async () => {
    const kubeadm = (...args: readonly string[]) =>
      cp.run([oracleKubeadm(target), 'upgrade', ...args], { timeoutMs: 120_000 }).then(({ stdout }) => stdout)
    expect(await kubeadm('diff', target)).not.toMatch(/^[-+]/m)
    const plan = await kubeadm('plan', target, '--ignore-preflight-errors=CreateJob')
    expect(plan).toContain('Cluster version: 1.37.2')
    expect(plan).not.toContain('You can now apply the upgrade')
  })

  it('upgrade node configures the kubelet of a worker, and a second upgrade changes nothing', async () => {
    const node = ['upgrade', 'node', '--host', worker.ssh('ops'), ...ignoring]
    await answerHere(here, node)
    for (const again of [node, apply()]) expect((await answerHere(here, again)).changes).toEqual([])
    await untilReady(cp, ['cp1', 'w1'])
  })
})
