import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { paths } from '../../../src/cluster/paths.ts'
import type { ClusterConfiguration } from '../../../src/cluster/spec.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { upgradedPods } from '../../../src/observe/cluster/upgraded-pods.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { recordedCaDirs } from '../../render/cases.ts'

const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

function golden(version: string, component: string): string {
  return readFileSync(new URL(`../../fixtures/golden/${version}/cp1/${component}.yaml`, import.meta.url), 'utf8')
}

/** What kubeadm v1.37.2 wrote on another host, with the name and the address of this one. */
const expected = (component: string) =>
  golden('v1.37.2', component).replaceAll('10.77.0.11', '10.77.0.22').replaceAll('cp1', 'u2')

const node = makeNode({ name: 'u2', advertiseAddress: '10.77.0.22', facts: makeFacts({ caDirs: recordedCaDirs }) })

interface Case {
  readonly config?: Partial<ClusterConfiguration>
  readonly etcdUpgrade?: boolean
  /** Texts that replace the manifests of the golden cluster. */
  readonly files?: Readonly<Record<string, string>>
  readonly without?: string
}

function upgrade({ config, etcdUpgrade = true, files = {}, without }: Case = {}) {
  const cluster = makeCluster({
    nodes: [node],
    config: {
      networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
      ...config,
    },
  })
  const kept = names.filter(name => name !== without)
  const manifests = kept.map(name => [paths.manifest(name), files[name] ?? golden('v1.36.3', name)])
  const host = fakeHost({ files: { ...Object.fromEntries(manifests), '/etc/kubernetes/pki/ca.key': 'key' } })
  return upgradedPods(host, { cluster, node, request: { etcdUpgrade } })
}

describe('the static pods of an upgrade', () => {
  it('each static pod of a cluster of v1.36.3 becomes that of kubeadm v1.37.2, etcd first', async () => {
    const pods = await upgrade()
    expect(pods.map(({ component }) => component)).toEqual(names)
    for (const { component, path, before, after } of pods) {
      expect(path).toBe(`/etc/kubernetes/manifests/${component}.yaml`)
      expect(before).toBe(golden('v1.36.3', component))
      expect(after).toBe(expected(component))
    }
  })

  it.each([
    ['an external etcd', { config: { etcd: { external: { endpoints: ['https://10.0.0.9:2379'] } } } }],
    ['an upgrade without etcd', { etcdUpgrade: false }],
    ['a running etcd that is newer', { files: { etcd: golden('v1.36.3', 'etcd').replace('3.6.8-0', '3.8.0-0') } }],
  ] as const)('%s is left out', async (_, asked) => {
    expect((await upgrade(asked)).map(({ component }) => component)).toEqual(names.slice(1))
  })

  it('a manifest that differs only in its format keeps its text, so that the kubelet restarts nothing', async () => {
    const scheduler = `# a comment\n${expected('kube-scheduler')}`
    const pods = await upgrade({ files: { 'kube-scheduler': scheduler } })
    expect(pods.find(({ component }) => component === 'kube-scheduler')?.after).toBe(scheduler)
  })

  it('a member that joined a running etcd keeps the list of peers of its join', async () => {
    const joined = golden('v1.36.3', 'etcd').replace(
      /--initial-cluster=.*/,
      '--initial-cluster=u1=https://10.77.0.21:2380,u2=https://10.77.0.22:2380\n    - --initial-cluster-state=existing',
    )
    const [etcd] = await upgrade({ files: { etcd: joined } })
    expect(etcd?.after).toBe(joined.replace('3.6.8-0', '3.7.0-0'))
  })

  it('a missing manifest is an error that names it', async () => {
    await expect(upgrade({ without: 'kube-scheduler' })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      message: 'the manifest file /etc/kubernetes/manifests/kube-scheduler.yaml does not exist on fake',
    })
  })
})
