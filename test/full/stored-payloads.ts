import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { controlPlanesOf } from '../../src/cluster/cluster.ts'
import { completeInit } from '../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { kubeadmConfigMap, kubeletConfigMap } from '../../src/render/objects/config-map.ts'
import { kubeProxyObjects } from '../../src/render/objects/kube-proxy.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { documentOf, verdictGroups } from '../fixtures/config-verdicts/groups.ts'

/** What kadm would store in the cluster for one configuration file. */
export interface Payload {
  readonly version: 'v1.36.3' | 'v1.37.2'
  /** The value of ConfigMap kubeadm-config. */
  readonly cluster: string
  /** The same, followed by the configurations of kubelet and kube-proxy. */
  readonly all: string
}

const head = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n'
const component = (group: string, kind: string) => (line: string) =>
  `${head}---\napiVersion: ${group}\nkind: ${kind}\n${line}\n`
const kubelet = component('kubelet.config.k8s.io/v1beta1', 'KubeletConfiguration')
const kubeProxy = component('kubeproxy.config.k8s.io/v1alpha1', 'KubeProxyConfiguration')

/** Strings that YAML could read as another type. */
const texts = [
  ...['on', 'yes', 'n', 'null', '~', '0123', '0x1f', '0o17', '1_000', '1e3', '.inf', '1:20', '2001-01-01', '=', '<<'],
  ...['- a', '# x', 'a: b', 'a #b', ' a ', '{a}', '[a]', '&a', '*a', '!a', '|', '>', '%a', '@a', '`a`', '"a"', "'a'"],
  ...['a\nb', 'a\n', '\ta', 'ü', '😀', '\u0085', '\u2028', '\\n', '', 'a'.repeat(200), `${'a b '.repeat(60)}c`],
]

const bodies: readonly string[] = [
  ...texts.map(text => `${head}apiServer: {extraArgs: [{name: x, value: ${JSON.stringify(text)}}]}\n`),
  ...texts.map(text => `${head}clusterName: ${JSON.stringify(text)}\n`),
  ...texts.map(text => kubelet(`kubeReservedCgroup: ${JSON.stringify(text)}`)),
  ...texts.map(text => kubeProxy(`metricsBindAddress: ${JSON.stringify(text)}`)),
  ...['2147483647', '-2147483648', '0', '010', '0x10'].map(value => kubelet(`maxPods: ${value}`)),
  ...['0s', '1ns', '1h30m', '2562047h', '-1m'].map(value => kubelet(`syncFrequency: ${value}`)),
  ...['0.1', '1', '0.30000000000000004'].map(value =>
    kubelet(`imageGCHighThresholdPercent: 85\ntopologyManagerPolicyOptions: {a: "${value}"}`),
  ),
  ...['{}', '[]', 'null'].map(value =>
    kubelet(`evictionHard: ${value === '[]' ? '{}' : value}\nclusterDNS: ${value === '{}' ? '[]' : value}`),
  ),
  ...['yes', 'off', 'true'].map(value => kubelet(`enableServer: ${value}`)),
  ...['1.5', '1', '100'].map(value => kubeProxy(`clientConnection: {qps: ${value}, burst: 5}`)),
  ...['ipvs', 'nftables', 'iptables', ''].map(value => kubeProxy(`mode: "${value}"`)),
  ...['30s', '0s', '1h'].map(value => kubeProxy(`iptables: {syncPeriod: ${value}}\nconntrack: {maxPerCore: 0}`)),
  `${head}featureGates: {}\ndns: {}\netcd: {}\napiServer: {extraEnvs: [{name: A, valueFrom: {fieldRef: {fieldPath: a}}}]}\n`,
  `${head}apiServer: {extraVolumes: [{name: "on", hostPath: "0123", mountPath: "1_000", pathType: ""}]}\n`,
]

/** One payload for all accepted documents of the tests with the same stored configuration. */
export function readPayloads(): readonly Payload[] {
  const recorded = new URL('../fixtures/config/', import.meta.url)
  const cases = join(import.meta.dirname, '../e2e/parity/cases')
  const files = [
    ...readdirSync(cases).map(file => readFileSync(join(cases, file), 'utf8')),
    ...readdirSync(recorded)
      .filter(name => !name.endsWith('.sh'))
      .map(name => readFileSync(new URL(`${name}/config.yaml`, recorded), 'utf8')),
  ]
  const tables = verdictGroups.flatMap(group => group.values.map(value => documentOf(group, value)))
  const payloads = [...files, ...tables, ...bodies].flatMap(text => payloadOf(text) ?? [])
  return [...new Map(payloads.map(payload => [payload.all, payload])).values()]
}

function payloadOf(text: string): Payload | undefined {
  if (!/kind: (Init|Cluster)Configuration/.test(text)) return undefined
  try {
    const parsed = parseInit({ file: { path: 'kadm.yaml', text }, flags: {}, startedAt: new Date(0), randomToken })
    const { cluster } = completeInit(settleInit(parsed, undefined), makeFacts({ defaultAddress6: 'fd00::1' }))
    const [node] = controlPlanesOf(cluster)
    if (node === undefined) return undefined
    const of = (object: object | undefined) => (object as { readonly data: Readonly<Record<string, string>> }).data
    const stored = of(kubeadmConfigMap(cluster)).ClusterConfiguration ?? ''
    const proxy = kubeProxyObjects(cluster, node).find(({ kind }) => kind === 'ConfigMap')
    const all = [stored, of(kubeletConfigMap(cluster)).kubelet, of(proxy)['config.conf']].join('\n---\n')
    return { version: stored.includes('kubernetesVersion: v1.36') ? 'v1.36.3' : 'v1.37.2', cluster: stored, all }
  } catch (error) {
    if (isKadmError(error)) return undefined
    throw error
  }
}

function randomToken(): string {
  return 'abcdef.0123456789abcdef'
}
