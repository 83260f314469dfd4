import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { containersOf, refusal, revive, uidsOf, untilExpired } from './expired-cluster.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { kubectl, serverAndClient } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
const version = 'v1.37.2'
/** Keys that are fast to generate. */
const cluster = { encryptionAlgorithm: 'ECDSA-P256' }

beforeAll(async () => {
  lab = await startLab({ name: 'expired', most: { controlPlanes: 1, workers: 1 }, versions: [version] })
  here = await kadmHere(lab)
  ;[cp, worker] = (await lab.startNodes({ name: 'cp1' }, { name: 'w1' })) as [LabNode, LabNode]
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version, cluster }))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', config, ...ignoring])
  await answerHere(here, ['join', '--host', worker.ssh(), '--from', cp.ssh(), ...ignoring])
  await lab.connectPods(cp)
  await kubectl(cp, 'wait --for=condition=Ready nodes --all --timeout=120s')
  await kubectl(cp, 'apply -f -', serverAndClient('w1'))
  await kubectl(cp, 'wait --for=condition=Ready pod/server pod/client --timeout=60s')
})
afterAll(() => lab?.stop())

/** Replaces all certificates by some that are valid for a second, and ends what still has valid ones in memory. */
async function expire(): Promise<void> {
  const config = join(here.home, 'second.yaml')
  await writeFile(config, labKubeadmConfig({ version, cluster: { ...cluster, certificateValidityPeriod: '1s' } }))
  const hosts = ['--host', cp.ssh(), '--host', worker.ssh()]
  await answerHere(here, ['certs', 'renew', 'all', 'kubelet-client', '--no-restart', '--config', config, ...hosts])
  await untilExpired([cp, worker])
  await cp.run(
    'pkill etcd; pkill kube-apiserver; pkill kube-controller; pkill kube-scheduler; systemctl restart kubelet',
  )
  await worker.run('systemctl restart kubelet')
}

it('certs renew all brings an expired cluster back, and pods of workers keep running', async () => {
  const [uids, containers] = [await uidsOf(cp), await containersOf(worker)]
  await expire()
  expect(await refusal(cp)).toMatch(/refused|certificate has expired/)
  expect(await revive(here, [cp, worker])).toBeLessThan(120)
  expect(await uidsOf(cp)).toEqual(uids)
  expect(await containersOf(worker)).toEqual(containers)
})
