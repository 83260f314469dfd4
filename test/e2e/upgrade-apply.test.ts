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

  it('objects stored in an old version are rewritten in the current one, and stay the same', async () => {
    await kubectl(cluster.cp, 'apply -f -', widgets('v1'))
    await kubectl(cluster.cp, 'wait --for=condition=Established crd/widgets.example.com --timeout=60s')
    await cluster.cp.run(
      `until kubectl --kubeconfig ${adminConf} apply -f - <<'END'\n${widget}\nEND\ndo sleep 0.5; done`,
    )
    await kubectl(cluster.cp, 'apply -f -', widgets('v2'))
    const uid = await kubectl(cluster.cp, 'get widget one -o jsonpath={.metadata.uid}')
    expect(await storedVersions()).toBe('["v1","v2"]')
    expect(await storedIn('widgets/default/one')).toBe('example.com/v1')
    const dry = await answerHere(cluster.here, ['upgrade', 'storage-migrate', '--host', host(), '--dry-run'])
    expect(dry.changes).toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('widgets.example.com') }),
    )
    const names = ['secrets', 'widgets.example.com']
    const answer = await migrate(...names.flatMap(name => ['--resource', name]))
    expect(answer).toMatchObject({ version: target, migrated: names })
    expect(await storedVersions()).toBe('["v2"]')
    expect(await storedIn('widgets/default/one')).toBe('example.com/v2')
    expect(await kubectl(cluster.cp, 'get widget one -o jsonpath={.metadata.uid}')).toBe(uid)
    expect(await kubectl(cluster.cp, 'get storageversionmigrations -o name')).toBe('')
    await expectSameObjects()
  })
})

const adminConf = '/etc/kubernetes/admin.conf'

async function migrate(...args: readonly string[]) {
  const words = ['upgrade', 'storage-migrate', '--host', host(), ...args]
  return (await answerHere(cluster.here, words)) as unknown as { readonly version: string; readonly migrated: string[] }
}

const storedVersions = () => kubectl(cluster.cp, 'get crd widgets.example.com -o jsonpath={.status.storedVersions}')

/** The API version of a custom resource as etcd has it. */
async function storedIn(path: string): Promise<string> {
  const pki = '/etc/kubernetes/pki/etcd'
  const tls = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`
  const get = `/opt/oracle/${target}/etcdctl ${tls} get --print-value-only /registry/example.com/${path}`
  return (JSON.parse((await cluster.cp.run(get)).stdout) as { readonly apiVersion: string }).apiVersion
}

const widgets = (stored: 'v1' | 'v2') => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget }
  versions:
${['v1', 'v2'].map(name => `    - { name: ${name}, served: true, storage: ${name === stored}, schema: { openAPIV3Schema: { type: object } } }`).join('\n')}
`
const widget = `apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: default }`
