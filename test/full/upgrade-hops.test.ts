import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { fileTree, kubectl, untilReady } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { olderVersion } from '../lab/versions.ts'

const [between, target] = ['v1.36.3', 'v1.37.2'] as const
const binaries = '/srv/kubernetes'
let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode

beforeAll(async () => {
  const versions = [olderVersion, between, target] as const
  lab = await startLab({ name: 'hops', most: { controlPlanes: 1, workers: 1 }, versions })
  here = await kadmHere(lab)
  ;[cp, worker] = (await lab.startNodes(
    { name: 'cp1', kubernetes: olderVersion },
    { name: 'w1', kubernetes: olderVersion },
  )) as unknown as [LabNode, LabNode]
  const kubeadm = oracleKubeadm(olderVersion)
  await cp.writeFile(
    '/root/init.yaml',
    labKubeadmConfig({ version: olderVersion, advertiseAddress: cp.address, ignorePreflightErrors: ['ImagePull'] }),
  )
  await cp.run([kubeadm, 'init', '--config', '/root/init.yaml'], { timeoutMs: 280_000 })
  const printed = await cp.run([kubeadm, 'token', 'create', '--print-join-command'])
  const join = printed.stdout.trim().replace(/^kubeadm/, kubeadm)
  await worker.run(`${join} --ignore-preflight-errors=all`, { timeoutMs: 280_000 })
  await lab.connectPods(cp)
  await untilReady(cp, ['cp1', 'w1'])
  // So that each node takes the pods of the other while it is drained.
  await kubectl(cp, 'taint nodes cp1 node-role.kubernetes.io/control-plane-')
}, 1_500_000)
afterAll(() => lab?.stop())

const words = () => [
  ...['upgrade', 'cluster', target, '-y', '--binaries', binaries],
  ...['--host', `${cp.ssh()},${worker.ssh('ops')}`, ...ignoring],
]

async function provide(version: typeof between | typeof target): Promise<void> {
  const dir = `${binaries}/${version}`
  const copy = `mkdir -p ${dir} && cd ${dir} && cp ${oracleKubeadm(version)} kubelet && sha256sum kubelet > SHA256SUMS`
  await Promise.all([cp, worker].map(one => one.run(copy)))
}

describe('upgrade cluster by two minor versions', () => {
  it('the upgrade is refused before any change while the binaries of one version are missing', async () => {
    await provide(target)
    const before = await Promise.all([cp, worker].map(fileTree))
    const { code, stderr } = await here.run(words())
    expect(code, stderr).not.toBe(0)
    expect(stderr).toContain(
      `the upgrade goes to ${between}, then ${target}, and has no binaries in ${binaries}/${between}`,
    )
    expect(await Promise.all([cp, worker].map(fileTree))).toEqual(before)
  })

  it('all nodes are upgraded to the version in between, then to the target', async () => {
    await provide(between)
    const uids = () => kubectl(cp, 'get ns,sa,svc,deploy -A -o jsonpath={.items[*].metadata.uid}')
    const before = await uids()
    await answerHere(here, words())
    await untilReady(cp, ['cp1', 'w1'])
    const fields = '{.metadata.name} {.spec.unschedulable} {.status.nodeInfo.kubeletVersion}{"\\n"}'
    const nodes = await kubectl(cp, `get nodes -o jsonpath='{range .items[*]}${fields}{end}'`)
    expect(nodes).toBe(`cp1  ${target}\nw1  ${target}\n`)
    const now = new Set((await uids()).split(' '))
    expect(before.split(' ').filter(uid => !now.has(uid))).toEqual([])
    expect((await answerHere(here, words())).changes).toEqual([])
  })

  it('kubeadm finds nothing to upgrade afterwards', async () => {
    const { stdout } = await cp.run([oracleKubeadm(target), 'upgrade', 'diff', target], { timeoutMs: 120_000 })
    expect(stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
    await cp.run([oracleKubeadm(target), 'certs', 'check-expiration'])
  })
})
