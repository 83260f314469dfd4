import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { echoImage } from '../lab/images.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'

let lab: Lab
let here: Here
let cp: LabNode
const [old, target] = ['v1.36.3', 'v1.37.2'] as const

beforeAll(async () => {
  lab = await startLab({ name: 'restore', most: { controlPlanes: 1 }, versions: [old, target] })
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
    expect(await images()).toEqual(['3.6.8-0', old, old, old])
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
    expect(await images()).toEqual(['3.7.0-0', target, target, target])
    await untilReady(cp, ['cp1'])
  })
})
