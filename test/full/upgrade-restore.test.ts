import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { old, startOldCluster, tagsOf, target } from '../e2e/old-cluster.ts'
import { echoImage } from '../lab/images.ts'
import type { Lab, LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'

let lab: Lab
let here: Here
let cp: LabNode

beforeAll(async () => {
  ;({ lab, here, cp } = await startOldCluster({ name: 'restore', untainted: true }))
})
afterAll(() => lab?.stop())

const uidOf = (name: string) => kubectl(cp, `get configmap ${name} -o jsonpath={.metadata.uid}`)

interface RolledBack {
  readonly nodes: readonly { readonly from: string; readonly to: string }[]
}

describe('upgrade rollback --restore-etcd-snapshot', () => {
  it('the only control plane has the objects from before the upgrade again, and a cluster that works', async () => {
    await kubectl(cp, 'create configmap kept --from-literal a=1')
    const uid = await uidOf('kept')
    await answerHere(here, ['upgrade', 'apply', target, '-y', '--host', cp.ssh(), ...ignoring])
    await kubectl(cp, 'delete configmap kept')
    await kubectl(cp, 'create configmap later --from-literal a=1')
    const back = ['upgrade', 'rollback', '--restore-etcd-snapshot', '-y', '--host', cp.ssh()]
    const { nodes } = (await answerHere(here, back)) as unknown as RolledBack
    expect(nodes).toMatchObject([{ from: target, to: old }])
    expect(await tagsOf(cp)).toEqual(['3.6.8-0', old, old, old])
    expect(await uidOf('kept')).toBe(uid)
    await expect(uidOf('later')).rejects.toThrow(/not found/)
    await untilReady(cp, ['cp1'])
    // Controllers, the scheduler and the kubelet act on objects that are written now.
    await kubectl(cp, `create deployment new --image ${echoImage} --port 8080`)
    const never = '[{"op":"add","path":"/spec/template/spec/containers/0/imagePullPolicy","value":"Never"}]'
    await kubectl(cp, `patch deployment new --type json -p '${never}'`)
    await kubectl(cp, 'rollout status deployment/new --timeout=120s')
    expect((await cp.run('ls /etc/kubernetes/manifests /var/lib/etcd')).stdout).not.toMatch(
      /kadm-etcd-restore|restored/,
    )
  })

  it('kubeadm finds nothing to change, and the upgrade works again', async () => {
    const { stdout } = await cp.run([oracleKubeadm(old), 'upgrade', 'diff', old], { timeoutMs: 120_000 })
    expect(stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
    await answerHere(here, ['upgrade', 'apply', target, '-y', '--host', cp.ssh(), ...ignoring])
    expect(await tagsOf(cp)).toEqual(['3.7.0-0', target, target, target])
    await untilReady(cp, ['cp1'])
  })
})
