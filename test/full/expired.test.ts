import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { containersOf, refusal, revive, uidsOf, untilExpired } from '../e2e/expired-cluster.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { killAt, leftovers, startHere } from '../e2e/killing.ts'
import { kubectl, serverAndClient } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labJoinConfig, labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'

let lab: Lab | undefined
afterEach(() => lab?.stop())

const version = 'v1.37.2'
/** The kubelets' certificates expire a minute after the controller-manager's, which signs them. */
const cluster = {
  encryptionAlgorithm: 'ECDSA-P256',
  controllerManager: { extraArgs: [{ name: 'cluster-signing-duration', value: '60s' }] },
}

const hostsOf = (nodes: readonly LabNode[]) => nodes.flatMap(node => ['--host', node.ssh()])

/** Starts two pods on a worker, and waits until nothing in the cluster has a valid certificate. */
async function expire(nodes: readonly LabNode[], worker: LabNode) {
  const [cp] = nodes as [LabNode]
  await lab?.connectPods(cp)
  await kubectl(cp, 'wait --for=condition=Ready nodes --all --timeout=120s')
  await kubectl(cp, 'apply -f -', serverAndClient(worker.name))
  await kubectl(cp, 'wait --for=condition=Ready pod/server pod/client --timeout=60s')
  const before = { uids: await uidsOf(cp), containers: await containersOf(worker) }
  await untilExpired(nodes)
  expect(await refusal(cp)).toMatch(/certificate has expired|refused/)
  return { cp, worker, before }
}

async function expectSame({ cp, worker, before }: Awaited<ReturnType<typeof expire>>): Promise<void> {
  expect(await uidsOf(cp)).toEqual(before.uids)
  expect(await containersOf(worker)).toEqual(before.containers)
}

it('three control planes and two workers that have expired are Ready in less than two minutes', async () => {
  lab = await startLab({ name: 'expired-ha', most: { controlPlanes: 3, workers: 2 }, versions: [version] })
  const here = await kadmHere(lab)
  const names = ['cp1', 'cp2', 'cp3', 'w1', 'w2']
  const nodes = await lab.startNodes(...names.map(name => ({ name })))
  const [cp1, cp2, cp3, w1, w2] = nodes as unknown as readonly [LabNode, LabNode, LabNode, LabNode, LabNode]
  const balancer = await lab.startBalancer(6443, [cp1])
  const config = join(here.home, 'init.yaml')
  const short = { ...cluster, certificateValidityPeriod: '240s' }
  await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint, cluster: short }))
  await answerHere(here, ['init', '--host', cp1.ssh(), '--config', config, ...ignoring])
  const from = ['--from', cp1.ssh(), ...ignoring]
  await answerHere(here, ['join', '--control-plane', ...hostsOf([cp2, cp3]), ...from])
  balancer.use([cp1, cp2, cp3].map(({ address }) => address))
  await answerHere(here, ['join', ...hostsOf([w1, w2]), ...from])
  const expired = await expire(nodes, w1)
  expect(await revive(here, nodes)).toBeLessThan(120)
  await expectSame(expired)
  await balancer.close()
})

/** A control plane and a worker by real kubeadm. */
async function byKubeadm(name: string): Promise<{ here: Here; nodes: readonly [LabNode, LabNode] }> {
  lab = await startLab({ name, most: { controlPlanes: 1, workers: 1 }, versions: [version] })
  const here = await kadmHere(lab)
  const nodes = (await lab.startNodes({ name: 'cp1' }, { name: 'w1' })) as unknown as [LabNode, LabNode]
  const [cp, worker] = nodes
  const token = 'abcdef.0123456789abcdef'
  const short = { ...cluster, certificateValidityPeriod: '120s' }
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version, token, cluster: short }))
  await cp.run([oracleKubeadm(version), 'init', '--config', '/root/init.yaml'], { timeoutMs: 120_000 })
  await worker.writeFile('/root/join.yaml', labJoinConfig({ apiServerEndpoint: `${cp.address}:6443`, token }))
  await worker.run([oracleKubeadm(version), 'join', '--config', '/root/join.yaml'], { timeoutMs: 120_000 })
  return { here, nodes }
}

it('an expired cluster of kubeadm comes back, and kubeadm accepts its certificates', async () => {
  const { here, nodes } = await byKubeadm('expired-kubeadm')
  const expired = await expire(nodes, nodes[1])
  expect(await revive(here, nodes)).toBeLessThan(120)
  await expectSame(expired)
  const { stdout } = await nodes[0].run([oracleKubeadm(version), 'certs', 'check-expiration', '-o', 'json'])
  const { certificates } = JSON.parse(stdout) as { certificates: readonly { residualTime: number }[] }
  for (const { residualTime } of certificates) expect(residualTime).toBeGreaterThan(360 * 24 * 3600)
})

it('an expired cluster comes back after runs that were killed at any step', async () => {
  const { here, nodes } = await byKubeadm('expired-kill')
  const expired = await expire(nodes, nodes[1])
  const points = [
    { type: 'step-done', phase: 'certs-renew/apiserver' },
    { type: 'step-done', phase: 'certs-renew/kubelet-client' },
    { type: 'step-started', phase: 'certs-revive/kubelet', afterMs: 300 },
    { type: 'step-done', phase: 'certs-revive/kubelet' },
    { type: 'step-started', phase: 'certs-revive/components', afterMs: 500 },
  ] as const
  for (const point of points) await killAt(startHere(here, ['certs', 'renew', 'all', ...hostsOf(nodes)]), point)
  await revive(here, nodes)
  await expectSame(expired)
  expect(await leftovers(nodes[0])).toEqual([])
  expect(await leftovers(nodes[1])).toEqual([])
})
