import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { renderEtcd } from '../../src/render/etcd.ts'
import { renderKubeApiserver } from '../../src/render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../src/render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../src/render/kube-scheduler.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeCluster, makeFacts, makeNode } from '../fixtures/cluster.ts'
import { readCases, recordedCaDirs } from './cases.ts'

const golden = [
  { version: 'v1.36.3', folder: 'cp1', name: 'u2', address: '10.77.0.22' },
  { version: 'v1.37.2', folder: 'cp1', name: 'cp1', address: '10.77.0.11' },
  { version: 'v1.37.2', folder: 'cp2', name: 'cp2', address: '10.77.0.13' },
] as const

describe.each(golden)('$name of a real cluster of $version', ({ version, folder, name, address }) => {
  const cluster = makeCluster({
    config: {
      kubernetesVersion: version,
      networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
    },
  })
  const node = makeNode({ name, advertiseAddress: address, facts: makeFacts({ caDirs: recordedCaDirs }) })
  const members = [
    { name: 'cp1', peerUrl: 'https://10.77.0.11:2380' },
    { name: 'cp2', peerUrl: 'https://10.77.0.13:2380' },
  ]
  it.each([
    ['kube-apiserver', () => renderKubeApiserver(cluster, node)],
    ['kube-controller-manager', () => renderKubeControllerManager(cluster, node)],
    ['kube-scheduler', () => renderKubeScheduler(cluster, node)],
    ['etcd', () => renderEtcd(cluster, node, name === 'cp2' ? { initialCluster: members } : {})],
  ] as const)('the static pod %s is identical to that of kubeadm on a real cluster', (component, render) => {
    const file = new URL(`../fixtures/golden/${version}/${folder}/${component}.yaml`, import.meta.url)
    expect(toYaml(render())).toBe(readFileSync(file, 'utf8'))
  })
})

describe.each(readCases())('case $name', ({ cluster, node, externalCa, expected }) => {
  it('kube-apiserver, kube-controller-manager and kube-scheduler are identical to those of kubeadm', () => {
    expect(toYaml(renderKubeApiserver(cluster, node))).toBe(expected('kube-apiserver.yaml'))
    expect(toYaml(renderKubeControllerManager(cluster, node, { externalCa }))).toBe(
      expected('kube-controller-manager.yaml'),
    )
    expect(toYaml(renderKubeScheduler(cluster, node))).toBe(expected('kube-scheduler.yaml'))
  })

  it('the static pod of etcd is identical to that of kubeadm, and is missing with an external etcd', () => {
    const render = () => toYaml(renderEtcd(cluster, node))
    if (cluster.config.etcd.external !== undefined) expect(render).toThrow('external')
    else expect(render()).toBe(expected('etcd.yaml'))
  })
})

describe('deviations from kubeadm', () => {
  const node = makeNode()
  const spec = (pod: KubeObject) =>
    pod.spec as {
      volumes: { name: string; hostPath: { path: string } }[]
    }

  it('kube-apiserver mounts certificate directories of an external etcd with a common prefix', () => {
    const external = {
      endpoints: ['https://10.0.0.5:2379'],
      caFile: '/etc/etcd-ssl/ca.crt',
      certFile: '/etc/etcd-ssl2/client.crt',
      keyFile: '/etc/etcd-ssl/keys/client.key',
    }
    const pod = renderKubeApiserver(makeCluster({ config: { etcd: { external } } }), node)
    const mounted = spec(pod).volumes.filter(volume => volume.name.startsWith('etcd-certs'))
    expect(mounted.map(volume => volume.hostPath.path)).toEqual(['/etc/etcd-ssl', '/etc/etcd-ssl2'])
  })
})

/** Output of kubeadm v1.37.2, and of v1.36.3, for a node with an IPv4 address. */
describe('the probes of etcd', () => {
  it.each<readonly [string, string, number, string]>([
    ['http://0.0.0.0:2381', '0.0.0.0', 2381, 'HTTP'],
    ['http://[::]:2381', '::', 2381, 'HTTP'],
    ['https://10.0.0.1:2399', '10.0.0.1', 2399, 'HTTPS'],
    ['http://127.0.0.1:1,http://10.0.0.1:2', '127.0.0.1', 1, 'HTTP'],
    ['http://localhost', 'localhost', 2381, 'HTTP'],
    ['http://[::1]:99999', '::1', 2381, 'HTTP'],
    ['http://[fe80::1%25eth0]:2381', 'fe80::1%eth0', 2381, 'HTTP'],
    ['10.0.0.1:2381', '127.0.0.1', 2381, 'HTTP'],
    ['', '127.0.0.1', 2381, 'HTTP'],
    ['http://', '127.0.0.1', 2381, 'HTTP'],
    ['https:', '127.0.0.1', 2381, 'HTTPS'],
    ['HTTPS://x:0', 'x', 2381, 'HTTPS'],
    ['http://u:p@h:77/x?y#z', 'h', 77, 'HTTP'],
    ['http://%zz', '127.0.0.1', 2381, 'HTTP'],
    ['http://x y', '127.0.0.1', 2381, 'HTTP'],
    ['https://[::ffff:1.2.3.4]:5', '::ffff:1.2.3.4', 5, 'HTTPS'],
    ['unix:///a', '127.0.0.1', 2381, 'HTTP'],
    ['http://a:b', '127.0.0.1', 2381, 'HTTP'],
    ['http://h:00080', 'h', 80, 'HTTP'],
    ['https://HOST:65536', 'HOST', 2381, 'HTTPS'],
    ['http://0.0.0.0:2381/metrics', '0.0.0.0', 2381, 'HTTP'],
    ['//h:9', 'h', 9, 'HTTP'],
    ['h', '127.0.0.1', 2381, 'HTTP'],
    ['*', '127.0.0.1', 2381, 'HTTP'],
    ['http://h:', 'h', 2381, 'HTTP'],
  ])('the probes of etcd go where kubeadm sends them for listen-metrics-urls %j', (value, host, port, scheme) => {
    const local = { dataDir: '/var/lib/etcd', extraArgs: [{ name: 'listen-metrics-urls', value }] }
    const pod = renderEtcd(makeCluster({ config: { etcd: { local } } }), makeNode())
    const { containers } = pod.spec as unknown as {
      containers: readonly [{ ports: readonly [{ containerPort: number }]; livenessProbe: { httpGet: object } }]
    }
    const [{ ports, livenessProbe }] = containers
    expect([livenessProbe.httpGet, ports[0].containerPort]).toEqual([expect.objectContaining({ host, scheme }), port])
  })

  it('the probes of etcd use the last of several arguments, and IPv6 on a node with an IPv6 address', () => {
    const extraArgs = ['http://a:1', 'http://:7'].map(value => ({ name: 'listen-metrics-urls', value }))
    const local = { dataDir: '/var/lib/etcd', extraArgs }
    const node = makeNode({ advertiseAddress: 'fd00::1' })
    const text = toYaml(renderEtcd(makeCluster({ config: { etcd: { local } } }), node))
    expect(text).toContain('host: ::1\n')
    expect(text).toContain('containerPort: 7\n')
  })
})
