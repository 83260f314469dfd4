import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'

let lab: Lab
let here: Here
let cp: LabNode
const [old, target] = ['v1.36.3', 'v1.37.2'] as const

beforeAll(async () => {
  lab = await startLab({ name: 'rollback', most: { controlPlanes: 1 }, versions: [old, target] })
  here = await kadmHere(lab)
  cp = await lab.startNode({ name: 'cp1', kubernetes: old })
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version: old, advertiseAddress: cp.address }))
  await cp.run([oracleKubeadm(old), 'init', '--config', '/root/init.yaml'], { timeoutMs: 280_000 })
  await lab.connectPods(cp)
  await kubectl(cp, 'taint nodes cp1 node-role.kubernetes.io/control-plane-')
  await untilReady(cp, ['cp1'])
})
afterAll(() => lab?.stop())

const images = async () =>
  (await cp.run("sed -n 's/^ *image: .*://p' /etc/kubernetes/manifests/*.yaml")).stdout.trim().split('\n')
const uids = async () => {
  const fields = '{.metadata.uid} {.metadata.name}{"\\n"}'
  const text = await kubectl(cp, `get ns,sa,cm,svc,deploy,ds -A -o jsonpath='{range .items[*]}${fields}{end}'`)
  return text.trim().split('\n').sort()
}

describe('an upgrade to a version that does not start', () => {
  it.each(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])(
    'the control plane whose %s does not start has the earlier version again, with the same objects',
    async component => {
      const before = await uids()
      const patches = join(here.home, 'patches')
      await rm(patches, { recursive: true, force: true })
      await mkdir(patches)
      const patch = '[{op: add, path: /spec/containers/0/command/-, value: --no-such-flag=1}]'
      await writeFile(join(patches, `${component}+json.yaml`), patch)
      const words = ['upgrade', 'apply', target, '-y', '--host', cp.ssh(), ...ignoring, '--patches', patches]
      const { code, stderr } = await here.run([...words, '--rollback-on-failure', '--progress', 'plain'])
      expect(code, stderr).toBe(7)
      expect(stderr).toMatch(/no-such-flag/)
      expect(stderr).toContain(`cp1 was rolled back to ${old}`)
      expect(await images()).toEqual(['3.6.8-0', old, old, old])
      await untilReady(cp, ['cp1'])
      expect(await uids()).toEqual(before)
    },
  )
})
