import { afterAll, beforeAll, expect, it } from 'vitest'
import { keyring, repositoryDir, TestRepositories } from '../contract/package-repository.ts'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { startOldCluster, target } from '../e2e/old-cluster.ts'
import type { Lab, LabNode } from '../lab/lab.ts'

const list = '/etc/apt/sources.list.d/kubernetes.list'
const line = (minor: string) => `deb [signed-by=${keyring}] file://${repositoryDir(minor)}/ /\n`
/** The kubelet of the earlier version comes from a package, and is held. */
async function installKubelet(node: LabNode): Promise<void> {
  const repositories = await TestRepositories.create(node)
  await repositories.add('v1.36', ['1.36.3'], '/opt/oracle')
  await repositories.add('v1.37', ['1.37.2'], '/opt/oracle')
  await node.writeFile(list, line('v1.36'))
  const only = `-o Dir::Etc::sourcelist=${list} -o Dir::Etc::sourceparts=-`
  const install = `apt-get update -q ${only} && apt-get install -y -q kubelet=1.36.3-1.1 kubectl=1.36.3-1.1`
  await node.run(`${install} && apt-mark hold kubelet kubectl`, { timeoutMs: 120_000 })
}

let lab: Lab
let here: Here
let cp: LabNode

beforeAll(async () => {
  ;({ lab, here, cp } = await startOldCluster({ name: 'apt', untainted: true, before: installKubelet }))
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
