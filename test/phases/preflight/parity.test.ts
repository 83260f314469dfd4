import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Cluster, Node } from '../../../src/cluster/cluster.ts'
import { secret } from '../../../src/cluster/secret.ts'
import type { Discovered } from '../../../src/cluster/session.ts'
import { isCheckName } from '../../../src/config/field/check-names.ts'
import { checkNames } from '../../../src/phases/preflight/check-names.ts'
import { checksOf, kadmRows, kubeadmChecksOf, kubeadmRows } from '../../../src/phases/preflight/table.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

/** What main.go reads, which asks kubeadm's own code for its checks. */
interface Case {
  readonly command: 'init' | 'join'
  readonly advertiseAddress?: string
  readonly bindPort?: number
  readonly serviceSubnet?: string
  readonly podSubnet?: string
  readonly dataDir?: string
  readonly externalEtcd?: readonly string[]
  readonly controlPlane?: boolean
  readonly certificateKey?: boolean
  readonly tokenEndpoint?: string
  readonly caCertPath?: string
}

const caFile = '/etc/kubernetes/pki/ca.crt'
const read = (name: string) => readFileSync(new URL(`../../fixtures/preflight/${name}`, import.meta.url), 'utf8')
const cases = JSON.parse(read('cases.json')) as Readonly<Record<string, Case>>
const recorded = JSON.parse(read('v1.37.2.json')) as Readonly<Record<string, readonly string[]>>

function clusterOf(one: Case): Cluster {
  const [caFile = '', certFile = '', keyFile = ''] = one.externalEtcd ?? []
  const external = { endpoints: ['https://10.77.0.31:2379'], caFile, certFile, keyFile }
  return makeCluster({
    config: {
      etcd: one.externalEtcd === undefined ? { local: { dataDir: one.dataDir ?? '/var/lib/etcd' } } : { external },
      networking: {
        dnsDomain: 'cluster.local',
        serviceSubnet: one.serviceSubnet ?? '10.96.0.0/12',
        ...(one.podSubnet === undefined ? {} : { podSubnet: one.podSubnet }),
      },
    },
  })
}

function nodeOf(one: Case): Node {
  const role = one.command === 'init' || one.controlPlane ? 'control-plane' : 'worker'
  return makeNode({ role, advertiseAddress: one.advertiseAddress ?? '', bindPort: one.bindPort ?? 6443 })
}

/** What discovery leaves behind, by token or with credentials of the file's own. */
function discoveredOf({ tokenEndpoint }: Case): Discovered {
  const server = `https://${tokenEndpoint ?? '10.77.0.11:6443'}`
  const user = tokenEndpoint === undefined ? '{client-certificate: /c, client-key: /k}' : '{token: a.b}'
  const kubeconfig = `current-context: c
clusters: [{name: k, cluster: {server: "${server}"}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: ${user}}]`
  return { server, ca: '', bootstrapKubeconfig: secret(kubeconfig) }
}

function namesOf(one: Case): readonly string[] {
  const node = nodeOf(one)
  return kubeadmChecksOf({
    by: one.command === 'init' ? 'init' : one.controlPlane ? 'control plane' : 'worker',
    cluster: clusterOf(one),
    node,
    caCertPath: one.caCertPath ?? caFile,
    filesCome: one.certificateKey === true,
    alone: false,
    ...(one.command === 'init' ? {} : { discovered: discoveredOf(one) }),
  }).map(({ name }) => name)
}

/** kubeadm asks for each subnet, also for one that is not given; several of one name count as one. */
function once(names: readonly string[]): readonly string[] {
  return names.filter((name, i) => name !== names[i - 1])
}

const lone = { cluster: makeCluster(), node: makeNode(), caCertPath: caFile, filesCome: false, alone: true }
const alone = (['init', 'worker', 'control plane'] as const).flatMap(by => checksOf({ ...lone, by }))
const further = alone.map(({ name }) => name)
const standing = alone.filter(check => check.standing).map(({ name }) => name)

describe('the checks of kubeadm v1.37.2', () => {
  it('the checks of kubeadm are recorded for every case', () => {
    expect(Object.keys(recorded).sort()).toEqual(Object.keys(cases).sort())
  })

  it.each(Object.entries(cases))('the checks of kadm match those of kubeadm in the same order for %s', (title, one) => {
    expect(once(namesOf(one))).toEqual(once(recorded[title] ?? []))
  })

  it.each(['init', 'worker', 'control plane'] as const)(
    'each preflight check belongs to the row with its name for %s',
    by => {
      const family = (name: string) => name.replace(/^(File\w+|DirAvailable)-.*/, '$1-P').replace(/^Port-\d+/, 'Port-N')
      const named = [...kubeadmRows, ...kadmRows].flatMap(row =>
        row.checks({ ...lone, by }).map(check => [row.name, family(check.name)]),
      )
      expect(named.filter(([row, check]) => row !== check)).toEqual([])
    },
  )

  it('every check of kubeadm and kadm can be ignored by its name, except the required ones', () => {
    const named = further.filter(name => !standing.includes(name))
    const all = [...Object.values(recorded).flat(), 'IsPrivilegedUser', 'ImagePull', ...named]
    expect(new Set(standing)).toEqual(new Set(['Certificates', 'ControlPlaneEndpoint']))
    expect(standing.filter(name => isCheckName(name, checkNames))).toEqual([])
    expect(all.filter(name => !isCheckName(name, checkNames))).toEqual([])
  })
})
