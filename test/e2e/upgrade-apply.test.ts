import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { oracleKubeadm } from '../lab/oracle.ts'
import { answerHere, ignoring } from './kadm.ts'
import { startHere } from './killing.ts'
import { kubectl, untilReady } from './observe.ts'
import { type OldCluster, old, startOldCluster, tagsOf, target } from './old-cluster.ts'

let cluster: OldCluster
let uids: string
const host = () => cluster.cp.ssh()

beforeAll(async () => {
  cluster = await startOldCluster({ name: 'apply', workers: 1 })
  uids = await readUids()
}, 1_500_000)
afterAll(() => cluster?.lab.stop())

const readUids = () =>
  kubectl(cluster.cp, `get ns,sa,cm,svc -A -o jsonpath='{range .items[*]}{.metadata.uid} {.metadata.name}{"\\n"}{end}'`)
const apply = (...args: readonly string[]) => ['upgrade', 'apply', target, '-y', '--host', host(), ...ignoring, ...args]
/** Fails if an object is another one than before. */
async function expectSameObjects(): Promise<void> {
  const now = new Set((await readUids()).split('\n'))
  expect(uids.split('\n').filter(line => !now.has(line))).toEqual([])
}

describe('upgrade of a cluster that kubeadm created', () => {
  it('a control plane whose API server cannot start is rolled back, with the cause', async () => {
    const patches = join(cluster.here.home, 'patches')
    await mkdir(patches)
    const patch = '[{op: add, path: /spec/containers/0/command/-, value: --no-such-flag=1}]'
    await writeFile(join(patches, 'kube-apiserver+json.yaml'), patch)
    const { code, stderr } = await cluster.here.run(
      apply('--patches', patches, '--rollback-on-failure', '--progress', 'plain'),
    )
    expect(code, stderr).toBe(7)
    expect(stderr).toContain('unknown flag: --no-such-flag')
    expect(stderr).toContain(`cp1 was rolled back to ${old}`)
    expect(await tagsOf(cluster.cp)).toEqual(['3.6.8-0', old, old, old])
    await expectSameObjects()
  })

  it('a killed upgrade leaves an API server that answers, and the next one completes it', async () => {
    const run = startHere(cluster.here, apply())
    await run.until(({ type, phase }) => type === 'step-started' && phase === 'control-plane/etcd')
    await cluster.cp.run('until [ ! -e /etc/kubernetes/manifests/kube-apiserver.yaml ]; do sleep 0.05; done')
    run.kill()
    await run.ended
    await cluster.cp.run('until [ ! -d /var/lib/kadm/swap ]; do sleep 0.2; done', { timeoutMs: 60_000 })
    const answers = 'kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz'
    await cluster.cp.run(`until ${answers}; do sleep 0.5; done`, { timeoutMs: 120_000 })
    const { nodes } = await answerHere(cluster.here, apply())
    expect(nodes).toMatchObject([{ name: 'cp1', from: old, to: target }])
    expect(await tagsOf(cluster.cp)).toEqual(['3.7.0-0', target, target, target])
    await expectSameObjects()
  })

  it('kubeadm finds nothing to upgrade after kadm', async () => {
    const kubeadm = (...args: readonly string[]) =>
      cluster.cp.run([oracleKubeadm(target), 'upgrade', ...args], { timeoutMs: 120_000 }).then(({ stdout }) => stdout)
    expect(await kubeadm('diff', target)).not.toMatch(/^[-+]/m)
    const plan = await kubeadm('plan', target, '--ignore-preflight-errors=CreateJob')
    expect(plan).toContain('Cluster version: 1.37.2')
    expect(plan).not.toContain('You can now apply the upgrade')
  })

  it('upgrade node configures the kubelet of a worker, and a second upgrade changes nothing', async () => {
    const node = ['upgrade', 'node', '--host', cluster.nodes[1]?.ssh('ops') ?? '', ...ignoring]
    await answerHere(cluster.here, node)
    for (const again of [node, apply()]) expect((await answerHere(cluster.here, again)).changes).toEqual([])
    await untilReady(cluster.cp, ['cp1', 'w1'])
  })
})
