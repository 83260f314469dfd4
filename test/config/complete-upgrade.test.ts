import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { dataOf, type KubeObject } from '../../src/cluster/kube-object.ts'
import { completeUpgrade, type UpgradeOptions } from '../../src/config/complete-upgrade.ts'
import { defaultTimeouts } from '../../src/config/kinds/timeouts.ts'
import { kubeletConfigMap } from '../../src/render/objects/config-map.ts'
import { kubeProxyConfigMap } from '../../src/render/objects/kube-proxy.ts'
import { makeFacts } from '../fixtures/cluster.ts'

function golden(version: string): (name: string) => Readonly<Record<string, string>> {
  const text = readFileSync(new URL(`../fixtures/golden/${version}/objects.yaml`, import.meta.url), 'utf8')
  const objects = parseAllDocuments(text).map(document => document.toJS() as KubeObject)
  return name => dataOf(objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name))
}

const old = golden('v1.36.3')
const now = golden('v1.37.2')
const stored = {
  clusterConfiguration: old('kubeadm-config').ClusterConfiguration ?? '',
  kubelet: old('kubelet-config').kubelet ?? '',
  kubeProxy: old('kube-proxy')['config.conf'] ?? '',
  generated: { kubelet: true, kubeProxy: false },
}
const options: UpgradeOptions = {
  version: 'v1.37.2',
  certificateRenewal: true,
  etcdUpgrade: false,
  patches: [],
  timeouts: defaultTimeouts(undefined),
}
const place = {
  facts: makeFacts(),
  role: 'control-plane',
  name: 'u2',
  advertiseAddress: '10.77.0.22',
  bindPort: 7443,
  criSocket: 'unix:///run/crio.sock',
} as const

describe('the request of an upgrade', () => {
  it('the cluster has the stored configuration with the target version, and the node as its files describe it', () => {
    const { cluster, node, request, warnings } = completeUpgrade(options, place, stored)
    expect(cluster.config).toMatchObject({ kubernetesVersion: 'v1.37.2', controlPlaneEndpoint: '10.77.0.22:6443' })
    expect(node).toMatchObject({ ...place, imagePullPolicy: 'IfNotPresent', ignorePreflightErrors: [] })
    expect(request).toMatchObject({
      from: 'v1.36.3',
      certificateRenewal: true,
      etcdUpgrade: false,
      kubeconfig: '/etc/kubernetes/admin.conf',
    })
    expect(warnings).toEqual([])
  })

  it('without a version the target is the version that the cluster stores', () => {
    const { version: _, ...rest } = options
    expect(completeUpgrade(rest, place, stored).cluster.config.kubernetesVersion).toBe('v1.36.3')
  })

  it('a worker has no endpoint', () => {
    const { node } = completeUpgrade(options, { ...place, role: 'worker' }, stored)
    expect(node).not.toHaveProperty('advertiseAddress')
    expect(node.role).toBe('worker')
  })

  it('the component configurations become those of kubeadm v1.37.2, and only a generated one is signed again', () => {
    const { cluster, node } = completeUpgrade(options, place, stored)
    if (node.role === 'worker') throw new Error('not a control plane')
    const [kubelet, kubeProxy] = [kubeletConfigMap(cluster), kubeProxyConfigMap(cluster, node)]
    expect(dataOf(kubelet)).toEqual(now('kubelet-config'))
    expect(dataOf(kubeProxy)['config.conf']).toBe(now('kube-proxy')['config.conf'])
    expect([kubelet, kubeProxy].map(({ metadata }) => metadata.annotations !== undefined)).toEqual([true, false])
  })
})
