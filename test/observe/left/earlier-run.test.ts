import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import type { HostReader } from '../../../src/host/host.ts'
import {
  hasJoined,
  holdsCertificate,
  initTraces,
  joinControlPlaneTraces,
  joinTraces,
  judgeEarlierControlPlaneJoin,
  judgeEarlierInit,
  judgeEarlierJoin,
} from '../../../src/observe/left/earlier-run.ts'
import { readLeftFiles } from '../../../src/observe/left/left-files.ts'
import { issueCertificate } from '../../../src/pki/issue.ts'
import { renderEtcd } from '../../../src/render/etcd.ts'
import { renderKubeApiserver } from '../../../src/render/kube-apiserver.ts'
import { renderKubeScheduler } from '../../../src/render/kube-scheduler.ts'
import { toYaml } from '../../../src/yaml/write.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ca = certificate('kubernetes')
const otherCa = certificate('kubernetes')
const cluster = makeCluster()
const node = makeNode()
const caFile = '/etc/kubernetes/pki/ca.crt'
const kubeletConf = '/etc/kubernetes/kubelet.conf'
const bootstrapConf = '/etc/kubernetes/bootstrap-kubelet.conf'
const manifest = (name: string): string => `/etc/kubernetes/manifests/${name}.yaml`

const apiserver = { [manifest('kube-apiserver')]: toYaml(renderKubeApiserver(cluster, node)) }
const scheduler = { [manifest('kube-scheduler')]: toYaml(renderKubeScheduler(cluster, node)) }
const etcd = { [manifest('etcd')]: toYaml(renderEtcd(cluster, node)) }

function certificate(commonName: string): string {
  const subject = { commonName, organizations: [] }
  const dates = { notBefore: new Date('2026-01-01'), notAfter: new Date('2036-01-01') }
  return issueCertificate({ subject, usages: [], sans: { dns: [], ips: [] }, ca: true, key, ...dates })
}

function kubeconfig(caPem: string, user: Readonly<Record<string, string>>): string {
  const authority = Buffer.from(caPem).toString('base64')
  return toYaml({
    clusters: [
      { name: 'kubernetes', cluster: { 'certificate-authority-data': authority, server: 'https://10.77.0.11:6443' } },
    ],
    contexts: [{ name: 'c', context: { cluster: 'kubernetes', user: 'u' } }],
    'current-context': 'c',
    users: [{ name: 'u', user }],
  })
}

const embedded = (name: string): Record<string, string> => ({
  'client-certificate-data': Buffer.from(certificate(`system:node:${name}`)).toString('base64'),
})
const byFile = { 'client-certificate': '/var/lib/kubelet/pki/kubelet-client-current.pem' }

function init(files: Readonly<Record<string, string>>, version = 'v1.37.2', name = 'cp1') {
  const wanted = makeCluster({ config: { kubernetesVersion: version } })
  const earlier = judgeEarlierInit({ texts: new Map(Object.entries(files)) }, wanted, makeNode({ name }))
  return { paths: [...earlier.paths].sort(), ports: [...earlier.ports].sort((a, b) => a - b), doubts: earlier.doubts }
}

describe('an earlier init', () => {
  it('kadm recognizes the files, ports and etcd data of an earlier init by CA, node and version', () => {
    const kubelet = { [kubeletConf]: kubeconfig(ca, embedded('cp1')) }
    expect(init({ [caFile]: ca, ...kubelet, ...apiserver, ...scheduler, ...etcd })).toEqual({
      paths: [...Object.keys({ ...etcd, ...apiserver, ...scheduler }), '/var/lib/etcd'],
      ports: [2379, 2380, 2381, 6443, 10248, 10250, 10259],
      doubts: [],
    })
  })

  it('a control plane that joined is not an earlier init', () => {
    const joined = [
      { name: 'cp0', peerUrls: ['https://10.77.0.10:2380'] },
      { name: 'cp1', peerUrls: ['https://10.77.0.11:2380'] },
    ]
    const text = (etcd[manifest('etcd')] ?? '').replace(/ +- --initial-cluster=.*/, line => {
      const members = joined.map(({ name, peerUrls }) => `${name}=${peerUrls[0]}`).join(',')
      return `${line.replace(/=.*/, `=${members}`)}\n${line.replace(/- --.*/, '- --initial-cluster-state=existing')}`
    })
    const kubelet = { [kubeletConf]: kubeconfig(ca, embedded('cp1')) }
    expect(init({ [caFile]: ca, ...kubelet, ...apiserver, [manifest('etcd')]: text })).toEqual({
      ...{ paths: [], ports: [] },
      doubts: ['its etcd joined the one of an existing cluster, as `kadm join` does'],
    })
  })

  it('an earlier init that stopped after the kubelet owns only the ports of the kubelet', () => {
    expect(init({ [caFile]: ca, [kubeletConf]: kubeconfig(ca, embedded('cp1')) })).toEqual({
      paths: [],
      ports: [10248, 10250],
      doubts: [],
    })
  })

  it.each<[string, Record<string, string>, string, string, RegExp]>([
    ['without its CA', { ...apiserver }, 'v1.37.2', 'cp1', /ca\.crt is missing/],
    ['of another version', { [caFile]: ca, ...apiserver }, 'v1.36.3', 'cp1', /has version v1\.37\.2, not v1\.36\.3/],
    ['of another node', { [caFile]: ca, ...etcd }, 'v1.37.2', 'cp2', /--name=cp1, not cp2/],
    ['that names no node', { [caFile]: ca, ...scheduler }, 'v1.37.2', 'cp1', /names this node/],
    [
      'with a manifest that is not a pod',
      { [caFile]: ca, [manifest('etcd')]: 'a: [' },
      'v1.37.2',
      'cp1',
      /not a static pod/,
    ],
    [
      'whose kubelet trusts another CA',
      { [caFile]: ca, [kubeletConf]: kubeconfig(otherCa, embedded('cp1')) },
      'v1.37.2',
      'cp1',
      /another cluster/,
    ],
    [
      'whose kubelet belongs to another node',
      { [caFile]: ca, [kubeletConf]: kubeconfig(ca, embedded('cp9')) },
      'v1.37.2',
      'cp1',
      /system:node:cp1/,
    ],
    [
      'with one manifest that is not its own',
      { [caFile]: ca, ...apiserver, [manifest('etcd')]: 'x' },
      'v1.37.2',
      'cp1',
      /etcd\.yaml is not a static pod/,
    ],
  ])('kadm does not recognize an earlier init %s, and reports why', (_, files, version, name, doubt) => {
    const { paths, ports, doubts } = init(files, version, name)
    expect([paths, ports]).toEqual([[], []])
    expect(doubts.join('; ')).toMatch(doubt)
  })

  it('the ports of an earlier init follow the addresses in extra arguments', () => {
    const extraArgs = [{ name: 'advertise-address', value: '10.1.1.1' }]
    const moved = makeCluster({ config: { apiServer: { extraArgs } } })
    const texts = new Map([
      [caFile, ca],
      ...Object.entries({ [manifest('kube-apiserver')]: toYaml(renderKubeApiserver(moved, node)) }),
    ])
    expect([...judgeEarlierInit({ texts }, moved, node).ports]).toEqual([6443])
    expect([...judgeEarlierInit({ texts }, cluster, node).ports]).toEqual([])
  })

  it('kadm recognizes an earlier init whose manifests have a patched image and an added container', () => {
    const own = { name: 'kube-apiserver', image: 'registry.example.com/kube-apiserver:v9' }
    const body = { spec: { containers: [own, { name: 'sidecar', image: 'example.com/sidecar:1' }] } }
    const patch = { target: 'kube-apiserver', type: 'strategic', file: 'kube-apiserver.yaml', line: 1, body } as const
    const with9 = makeCluster({ patches: [patch] })
    const texts = new Map([
      [caFile, ca],
      [manifest('kube-apiserver'), toYaml(renderKubeApiserver(with9, node))],
    ])
    expect(judgeEarlierInit({ texts }, with9, node)).toMatchObject({ ports: new Set([6443]), doubts: [] })
    expect(judgeEarlierInit({ texts }, cluster, node).doubts.join()).toMatch(/has version v9, not v1\.37\.2/)
  })
})

describe('an earlier join', () => {
  const worker = makeNode({ name: 'w1', role: 'worker' })
  const join = (files: Readonly<Record<string, string>>, kubeletCertificate?: string) => {
    const left = {
      texts: new Map(Object.entries(files)),
      ...(kubeletCertificate === undefined ? {} : { kubeletCertificate }),
    }
    const earlier = judgeEarlierJoin(left, { ca, caCertPath: caFile, cluster, node: worker })
    return {
      paths: [...earlier.paths].sort(),
      ports: [...earlier.ports].sort((a, b) => a - b),
      doubts: earlier.doubts.length,
    }
  }
  it.each<[string, Record<string, string>, string | undefined, { paths: string[]; ports: number[]; doubts: number }]>([
    ['recognizes the CA file', { [caFile]: ca }, undefined, { paths: [caFile], ports: [], doubts: 0 }],
    ['does not recognize another CA file', { [caFile]: otherCa }, undefined, { paths: [], ports: [], doubts: 1 }],
    [
      'recognizes bootstrap credentials for the same cluster',
      { [bootstrapConf]: kubeconfig(ca, { token: 'x' }) },
      undefined,
      { paths: [bootstrapConf], ports: [10248, 10250], doubts: 0 },
    ],
    [
      'does not recognize bootstrap credentials for another cluster',
      { [bootstrapConf]: kubeconfig(otherCa, { token: 'x' }) },
      undefined,
      { paths: [], ports: [], doubts: 1 },
    ],
    [
      'recognizes, by its certificate file, the kubelet',
      { [kubeletConf]: kubeconfig(ca, byFile) },
      certificate('system:node:w1'),
      { paths: [kubeletConf], ports: [10248, 10250], doubts: 0 },
    ],
    [
      'does not recognize a kubelet with the name of another node',
      { [kubeletConf]: kubeconfig(ca, byFile) },
      certificate('system:node:w2'),
      { paths: [], ports: [], doubts: 1 },
    ],
    [
      'recognizes a kubelet that did not get its certificate yet',
      { [kubeletConf]: kubeconfig(ca, byFile) },
      '',
      { paths: [kubeletConf], ports: [10248, 10250], doubts: 0 },
    ],
    [
      'does not recognize a kubelet that requested its certificate from another cluster',
      { [kubeletConf]: kubeconfig(otherCa, byFile) },
      '',
      { paths: [], ports: [], doubts: 1 },
    ],
  ])('kadm %s of an earlier join', (_, files, pem, expected) => {
    expect(join(files, pem)).toEqual(expected)
  })

  it.each([
    ['its own', certificate('system:node:w1'), '2030-01-01', true],
    ['its own, which expired while the host was off', certificate('system:node:w1'), '2036-01-02', false],
    ['its own, which is not valid yet', certificate('system:node:w1'), '2025-12-31', false],
    ['none yet', '', '2030-01-01', false],
    ["another node's", certificate('system:node:w2'), '2030-01-01', false],
  ])('join writes bootstrap credentials unless the kubelet holds a valid certificate: %s', (_, pem, now, held) => {
    const left = { texts: new Map([[kubeletConf, kubeconfig(ca, byFile)]]), kubeletCertificate: pem }
    expect(holdsCertificate(left, ca, worker, new Date(now))).toBe(held)
  })

  it('join judges the certificate of the kubelet by the clock of the host', async () => {
    const files = { [kubeletConf]: kubeconfig(ca, embedded('w1')) }
    const aheadMs = new Date('2036-01-02').getTime() - Date.now()
    const late = { ...worker, facts: makeFacts({ clock: { aheadMs, accuracyMs: 1 } }) }
    expect(await hasJoined(fakeHost({ files }), { ca, caCertPath: caFile, node: worker })).toBe(true)
    expect(await hasJoined(fakeHost({ files }), { ca, caCertPath: caFile, node: late })).toBe(false)
  })
})

describe('an earlier join of a control plane', () => {
  const join = (files: Readonly<Record<string, string>>) => {
    const left = { texts: new Map(Object.entries(files)) }
    const earlier = judgeEarlierControlPlaneJoin(left, { ca, caCertPath: caFile, cluster, node })
    return { paths: [...earlier.paths].sort(), ports: [...earlier.ports].sort((a, b) => a - b), doubts: earlier.doubts }
  }
  const all = { ...apiserver, ...scheduler, ...etcd, [kubeletConf]: kubeconfig(ca, embedded('cp1')) }

  it('kadm recognizes the static pods and etcd data of an earlier control plane join by the CA', () => {
    expect(join({ [caFile]: ca, ...all })).toEqual({
      paths: [...Object.keys({ ...etcd, ...apiserver, ...scheduler }), caFile, kubeletConf, '/var/lib/etcd'].sort(),
      ports: [2379, 2380, 2381, 6443, 10248, 10250, 10259],
      doubts: [],
    })
  })

  it('kadm does not recognize static pods of an earlier join without the CA or with another CA', () => {
    for (const files of [all, { [caFile]: otherCa, ...all }]) {
      const { paths, ports } = join(files)
      expect([paths, ports]).toEqual([[kubeletConf], [10248, 10250]])
    }
  })

  it('a control plane join looks once for each file that a worker or a first control plane leaves', () => {
    const traces = joinControlPlaneTraces(cluster, caFile)
    expect(new Set(traces)).toEqual(new Set([...joinTraces(caFile), ...initTraces(cluster)]))
    expect(traces).toHaveLength(new Set(traces).size)
  })
})

describe('readLeftFiles', () => {
  it('readLeftFiles reads only the certificate over SSH from a file that also holds the key', async () => {
    const asked: (readonly string[])[] = []
    const host = {
      spec: 'root@cp1',
      readFile: async (path: string) => (path === kubeletConf ? Buffer.from(kubeconfig(ca, byFile)) : undefined),
      query: async (argv: readonly string[]) => {
        asked.push(argv)
        return { code: 0, stdout: 'pem', stderr: '' }
      },
    } as unknown as HostReader
    const left = await readLeftFiles(host, joinTraces(caFile))
    expect(left.kubeletCertificate).toBe('pem')
    expect(asked).toEqual([['sed', '-n', expect.stringContaining('BEGIN CERTIFICATE'), byFile['client-certificate']]])
    expect([...left.texts.keys()]).toEqual([kubeletConf])
  })

  it('readLeftFiles reads the certificates of a file on this host without a command', async () => {
    const files = {
      [kubeletConf]: kubeconfig(ca, byFile),
      [byFile['client-certificate']]: `${ca}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`,
    }
    const left = await readLeftFiles(fakeHost({ files }), joinTraces(caFile))
    expect(left.kubeletCertificate).toBe(ca)
  })

  it('init looks for the CA, the kubelet configuration and every static pod of an earlier run', () => {
    expect(initTraces(cluster)).toContain(manifest('etcd'))
    expect(initTraces(cluster).slice(0, 2)).toEqual([caFile, kubeletConf])
  })
})
