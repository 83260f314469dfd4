import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { fileTree, kubectl, untilReady } from '../e2e/observe.ts'
import { binaries, provideKubelet, startOldCluster, tagsOf, target } from '../e2e/old-cluster.ts'
import type { Lab, LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'
import { olderVersion } from '../lab/versions.ts'

const between = 'v1.36.3'
let lab: Lab
let here: Here
let cp: LabNode
let nodes: readonly LabNode[]

beforeAll(async () => {
  const versions = [olderVersion, between, target] as const
  const options = { name: 'hops', workers: 1, version: olderVersion, versions, untainted: true } as const
  ;({ lab, here, cp, nodes } = await startOldCluster(options))
}, 1_500_000)
afterAll(() => lab?.stop())

const words = () => [
  ...['upgrade', 'cluster', target, '-y', '--binaries', binaries],
  ...['--host', `${cp.ssh()},${lab.node('w1').ssh('ops')}`, ...ignoring],
]

const provide = (version: typeof between | typeof target) => provideKubelet(nodes, version, `${binaries}/${version}`)

describe('upgrade cluster by two minor versions', () => {
  it('the upgrade is refused before any change while the binaries of one version are missing', async () => {
    await provide(target)
    const before = await Promise.all(nodes.map(fileTree))
    const { code, stderr } = await here.run(words())
    expect(code, stderr).not.toBe(0)
    expect(stderr).toContain(
      `the upgrade goes to ${between}, then ${target}, and has no binaries in ${binaries}/${between}`,
    )
    expect(await Promise.all(nodes.map(fileTree))).toEqual(before)
  })

  it('a pause after the first node leaves the other versions, and a flag that kubelets no longer know is removed', async () => {
    await provide(between)
    const flags = '/var/lib/kubelet/kubeadm-flags.env'
    await cp.run(`sed -i 's|"$| --pod-infra-container-image=registry.k8s.io/pause:3.10"|' ${flags}`)
    const answer = await answerHere(here, [...words(), '--pause-after', 'cp1'])
    expect(answer).toMatchObject({ to: between, left: ['cp1', 'w1'] })
    expect(await tagsOf(cp)).toEqual(['3.6.8-0', between, between, between])
    expect(await cp.readFile(flags)).not.toContain('pod-infra')
  })

  it('all nodes are upgraded to the version in between, then to the target, each with a backup of its own', async () => {
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
    const { stdout } = await cp.run('ls /var/lib/kadm/upgrades')
    expect(stdout.match(/-v1\.\d+\.\d+$/gm)).toEqual([`-${between}`, `-${target}`])
  })

  it('all stored objects are rewritten, and stay the same', async () => {
    const uids = () => kubectl(cp, 'get ns,sa,cm,svc,secret,deploy,ds,crd -A -o jsonpath={.items[*].metadata.uid}')
    const before = await uids()
    const answer = await answerHere(here, ['upgrade', 'storage-migrate', '--host', cp.ssh()])
    const { migrated } = answer as unknown as { readonly migrated: readonly string[] }
    expect(migrated).toEqual(expect.arrayContaining(['configmaps', 'deployments.apps', 'leases.coordination.k8s.io']))
    expect(await uids()).toBe(before)
    expect(await kubectl(cp, 'get storageversionmigrations -o name')).toBe('')
  })

  it('kubeadm finds nothing to upgrade afterwards', async () => {
    const { stdout } = await cp.run([oracleKubeadm(target), 'upgrade', 'diff', target], { timeoutMs: 120_000 })
    expect(stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
    await cp.run([oracleKubeadm(target), 'certs', 'check-expiration'])
  })
})
