import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import type { Json, JsonObject } from '../../../src/cluster/json.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { clusterInfoConfigMap, kubeadmConfigMap, kubeletConfigMap } from '../../../src/render/objects/config-map.ts'
import {
  corednsConfigMap,
  corednsDeployment,
  corednsRbac,
  corednsService,
} from '../../../src/render/objects/coredns.ts'
import { kubeProxyObjects } from '../../../src/render/objects/kube-proxy.ts'
import {
  bootstrapRbac,
  clusterAdminsBinding,
  kubeadmCertsRbac,
  kubeadmConfigRbac,
  kubeletConfigRbac,
} from '../../../src/render/objects/rbac.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

/** Fields that the server adds, by the object and the path within it; kadm must write everything else. */
const serverDefaults = new Set(
  `
  DaemonSet metadata.annotations
  DaemonSet spec.revisionHistoryLimit
  DaemonSet spec.template.spec.containers.0.env.0.valueFrom.fieldRef.apiVersion
  DaemonSet spec.template.spec.containers.0.resources
  DaemonSet spec.template.spec.volumes.0.configMap.defaultMode
  DaemonSet spec.template.spec.volumes.2.hostPath.type
  DaemonSet spec.template.spec.dnsPolicy
  DaemonSet spec.updateStrategy.rollingUpdate
  Deployment metadata.annotations
  Deployment spec.progressDeadlineSeconds
  Deployment spec.revisionHistoryLimit
  Deployment spec.strategy.rollingUpdate.maxSurge
  Deployment spec.template.spec.containers.0.livenessProbe.periodSeconds
  Deployment spec.template.spec.containers.0.readinessProbe.failureThreshold
  Deployment spec.template.spec.containers.0.readinessProbe.periodSeconds
  Deployment spec.template.spec.containers.0.readinessProbe.successThreshold
  Deployment spec.template.spec.containers.0.readinessProbe.timeoutSeconds
  Deployment spec.template.spec.volumes.0.configMap.defaultMode
  Service spec.clusterIPs
  Service spec.internalTrafficPolicy
  Service spec.ipFamilies
  Service spec.ipFamilyPolicy
  Service spec.sessionAffinity
  Service spec.type
  ${['DaemonSet', 'Deployment']
    .flatMap(kind => [
      `${kind} spec.template.spec.containers.0.terminationMessagePath`,
      `${kind} spec.template.spec.containers.0.terminationMessagePolicy`,
      `${kind} spec.template.spec.restartPolicy`,
      `${kind} spec.template.spec.schedulerName`,
      `${kind} spec.template.spec.securityContext`,
      `${kind} spec.template.spec.serviceAccount`,
      `${kind} spec.template.spec.terminationGracePeriodSeconds`,
    ])
    .join('\n')}
  `
    .split('\n')
    .map(line => line.trim()),
)

function withoutDefaults(kind: string, value: Json, path: readonly (string | number)[] = []): Json {
  if (Array.isArray(value)) return value.map((item: Json, i) => withoutDefaults(kind, item, [...path, i]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !serverDefaults.has(`${kind} ${[...path, key].join('.')}`))
      .map(([key, inner]) => [key, withoutDefaults(kind, inner ?? null, [...path, key])]),
  )
}

/** The cluster of the golden objects: the user gave its component configurations, so that no hash is added. */
function goldenCluster(version: string, address: string, data: (name: string) => Record<string, string>) {
  const cluster = makeCluster({
    config: {
      kubernetesVersion: version,
      controlPlaneEndpoint: `${address}:6443`,
      networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
    },
    kubelet: { generated: false, tree: parse(data('kubelet-config').kubelet ?? '') as JsonObject },
    kubeProxy: { generated: false, tree: parse(data('kube-proxy')['config.conf'] ?? '') as JsonObject },
  })
  const caPem = /certificate-authority-data: (\S+)/.exec(data('cluster-info').kubeconfig ?? '')?.[1] ?? ''
  return { cluster, caPem: Buffer.from(caPem, 'base64').toString() }
}

describe.each([
  ['v1.36.3', '10.77.0.22'],
  ['v1.37.2', '10.77.0.11'],
])('the objects of a real cluster of %s', (version, address) => {
  const file = new URL(`../../fixtures/golden/${version}/objects.yaml`, import.meta.url)
  const golden = parseAllDocuments(readFileSync(file, 'utf8')).map(doc => doc.toJS() as KubeObject)
  const data = (name: string) =>
    golden.find(o => o.kind === 'ConfigMap' && o.metadata.name === name)?.data as Record<string, string>
  const { cluster, caPem } = goldenCluster(version, address, data)
  const node = makeNode({ advertiseAddress: address })
  const rendered = [
    clusterAdminsBinding(),
    kubeadmConfigMap(cluster),
    kubeletConfigMap(cluster),
    clusterInfoConfigMap({ server: `https://${address}:6443`, caPem }),
    corednsConfigMap(cluster),
    corednsDeployment(cluster),
    corednsService(cluster),
    ...[...kubeadmConfigRbac(), ...kubeletConfigRbac(), ...kubeadmCertsRbac(), ...bootstrapRbac(), ...corednsRbac()],
    ...kubeProxyObjects(cluster, node),
  ]
  const idOf = (o: KubeObject) => `${o.kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`

  it('kadm renders exactly the objects of a real cluster', () => {
    expect(rendered.map(idOf).sort()).toEqual(golden.map(idOf).sort())
  })

  it.each(golden.map(object => [idOf(object), object] as const))(
    'the object %s is identical to that of a real cluster',
    (id, object) => {
      const written = JSON.parse(JSON.stringify(rendered.find(o => idOf(o) === id))) as Json
      const expected = withoutDefaults(object.kind, object) as { data?: Record<string, string> }
      for (const key of Object.keys(expected.data ?? {})) if (key.startsWith('jws-')) delete expected.data?.[key]
      expect(written).toEqual(expected)
    },
  )
})
