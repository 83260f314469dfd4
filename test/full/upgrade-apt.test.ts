import { afterAll, beforeAll, expect, it } from 'vitest'
import { keyring, repositoryDir, TestRepositories } from '../contract/package-repository.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'

const [old, target] = ['v1.36.3', 'v1.37.2'] as const
const list = '/etc/apt/sources.list.d/kubernetes.list'
const line = (minor: string) => `deb [signed-by=${keyring}] file://${repositoryDir(minor)}/ /\n`
let lab: Lab
let here: Here
let cp: LabNode

beforeAll(async () => {
  lab = await startLab({ name: 'apt', most: { controlPlanes: 1 }, versions: [old, target] })
  here = await kadmHere(lab)
  cp = await lab.startNode({ name: 'cp1', kubernetes: old })
  const repositories = await TestRepositories.create(cp)
  await repositories.add('v1.36', ['1.36.3'], '/opt/oracle')
  await repositories.add('v1.37', ['1.37.2'], '/opt/oracle')
  await cp.writeFile(list, line('v1.36'))
  const only = `-o Dir::Etc::sourcelist=${list} -o Dir::Etc::sourceparts=-`
  const install = `apt-get update -q ${only} && apt-get install -y -q kubelet=1.36.3-1.1 kubectl=1.36.3-1.1`
  await cp.run(`${install} && apt-mark hold kubelet kubectl`, { timeoutMs: 120_000 })
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version: old, advertiseAddress: cp.address }))
  await cp.run([oracleKubeadm(old), 'init', '--config', '/root/init.yaml'], { timeoutMs: 280_000 })
  await lab.connectPods(cp)
  await kubectl(cp, 'taint nodes cp1 node-role.kubernetes.io/control-plane-')
  await untilReady(cp, ['cp1'])
})
afterAll(() => lab?.stop())

it('upgrade cluster installs the kubelet from the signed package repository of the node, which stays held', async () => {
  await answerHere(here, ['upgrade', 'cluster', target, '-y', '--host', cp.ssh(), ...ignoring])
  await untilReady(cp, ['cp1'])
  expect(await kubectl(cp, 'get node cp1 -o jsonpath={.status.nodeInfo.kubeletVersion}')).toBe(target)
  const { stdout } = await cp.run(['dpkg-query', '-W', 'kubelet', 'kubectl'])
  expect(stdout).toBe('kubectl\t1.37.2-1.1\nkubelet\t1.37.2-1.1\n')
  expect((await cp.run('apt-mark showhold')).stdout).toBe('kubectl\nkubelet\n')
  expect(await cp.readFile(list)).toBe(line('v1.37'))
})
