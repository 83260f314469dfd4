import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lab, LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'
import type { Here } from './kadm.ts'
import { kubectl } from './observe.ts'
import { startOldCluster, target } from './old-cluster.ts'

let lab: Lab
let here: Here
let cp: LabNode

beforeAll(async () => {
  ;({ lab, here, cp } = await startOldCluster({ name: 'plan' }))
})
afterAll(() => lab?.stop())

/** Real kubeadm of the target version, without the Job that it runs in the cluster. */
async function kubeadm(...args: readonly string[]): Promise<string> {
  const ignored = '--ignore-preflight-errors=CreateJob'
  return (
    await cp.run([oracleKubeadm(target), 'upgrade', ...args, ...(args[0] === 'plan' ? [ignored] : [])], {
      timeoutMs: 120_000,
    })
  ).stdout
}

const kadm = (...args: readonly string[]) => here.run(['upgrade', ...args, '--host', cp.ssh(), '--progress', 'quiet'])

interface Plan {
  readonly availableUpgrades: readonly { readonly description: string; readonly components: readonly object[] }[]
  readonly configVersions: readonly object[]
  readonly findings: readonly { readonly check: string; readonly level: string }[]
  readonly drift: readonly { readonly what: string; readonly diff: readonly string[] }[]
}

/** kadm describes a named version of the next minor version differently. */
const inWordsOfKadm = (text: string) =>
  text
    .replaceAll('kubeadm upgrade apply', 'kadm upgrade apply')
    .replace('version of kubeadm.', 'version of kadm.')
    .replaceAll('version in the v1.36 series', 'stable version')

describe('upgrade plan and diff of a cluster that kubeadm created', () => {
  it('the tables and the object of the plan are those of kubeadm', async () => {
    const text = await kubeadm('plan', target)
    const tables = inWordsOfKadm(text.slice(text.indexOf('Components that must')))
    const ours = await kadm('plan', target)
    expect(ours.stdout).toContain(tables.trimEnd())
    const plan = JSON.parse(inWordsOfKadm(await kubeadm('plan', target, '-o', 'json'))) as Plan
    const { code, stdout } = await kadm('plan', target, '-o', 'json', '--exit-code')
    expect(code).toBe(6)
    const own = JSON.parse(stdout) as Plan
    expect(own).toMatchObject(plan)
    expect(own.drift).toEqual([])
    expect(own.findings).toEqual([])
  })

  it('the diff contains that of kubeadm', async () => {
    const changed = (text: string) =>
      text
        .split('\n')
        .filter(line => /^[-+] /.test(line))
        .sort()
    const theirs = changed(await kubeadm('diff', target))
    const { code, stdout } = await kadm('diff', target)
    expect(code).toBe(0)
    expect(theirs.length).toBe(6)
    expect(changed(stdout)).toEqual(expect.arrayContaining(theirs))
    expect(stdout).toContain('-    image: registry.k8s.io/etcd:3.6.8-0\n+    image: registry.k8s.io/etcd:3.7.0-0')
    expect(stdout).toContain('--- ConfigMap kube-system/kubeadm-config\n+++ new object')
  })

  it('a manifest that was edited by hand is drift in the plan and in the diff', async () => {
    const path = '/etc/kubernetes/manifests/kube-scheduler.yaml'
    const before = await cp.readFile(path)
    await cp.run(`sed -i 's/    - --leader-elect=true/&\\n    - --v=1/' ${path}`)
    const plan = JSON.parse((await kadm('plan', '-o', 'json')).stdout) as Plan
    expect(plan.drift.map(({ what }) => what)).toEqual([path])
    const { stdout } = await kadm('diff')
    expect(stdout.split('\n').filter(line => /^[-+]/.test(line))).toEqual([
      `--- ${path}`,
      '+++ new manifest',
      '-    - --v=1',
    ])
    await cp.writeFile(path, before)
  })

  it('a DaemonSet of device plugins is named, because its pods register again with a new kubelet', async () => {
    await kubectl(cp, 'apply -f -', devicePlugin)
    const { findings } = JSON.parse((await kadm('plan', '-o', 'json')).stdout) as Plan
    await kubectl(cp, 'delete daemonset gpu')
    expect(findings).toMatchObject([
      { check: 'DevicePlugins', level: 'warning', message: expect.stringContaining('DaemonSet default/gpu') },
    ])
  })

  it('the migration of stored objects is refused before v1.37, and nothing is created', async () => {
    const { code, stderr } = await kadm('storage-migrate')
    expect(code).toBe(3)
    expect(stderr).toContain('(v1.36.3) does not serve StorageVersionMigration')
  })
})

const devicePlugin = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: gpu }
spec:
  selector: { matchLabels: { app: gpu } }
  template:
    metadata: { labels: { app: gpu } }
    spec:
      nodeSelector: { gpu: present }
      containers: [{ name: gpu, image: example.com/gpu }]
      volumes: [{ name: sockets, hostPath: { path: /var/lib/kubelet/device-plugins } }]
`
