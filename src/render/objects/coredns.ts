import { dnsAddress } from '../../cluster/cidr.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { corednsImage } from '../../cluster/images.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { patched } from '../patches/patched.ts'
import { configMap } from './config-map.ts'
import { renderCorefile } from './corefile.ts'
import { clusterRole, inKubeSystem, serviceAccount } from './rbac.ts'

const labels = { 'k8s-app': 'kube-dns' } as const
const watch = ['list', 'watch']

export function corednsConfigMap({ config }: Cluster): KubeObject {
  return configMap({ name: 'coredns', data: { Corefile: renderCorefile(config.networking.dnsDomain) } })
}

/** Renders the rights of CoreDNS and its service account. */
export function corednsRbac(): KubeObject[] {
  const rules = [
    { verbs: watch, apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'] },
    { verbs: watch, apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  ]
  const account = { kind: 'ServiceAccount', ...inKubeSystem('coredns') } as const
  return [...clusterRole('system:coredns', rules, account), serviceAccount('coredns')]
}

/** Renders the DNS Service at the 10th address of the service network. */
export function corednsService({ config }: Cluster): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...inKubeSystem('kube-dns'),
      annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
      labels: { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      clusterIP: dnsAddress(config.networking.serviceSubnet),
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
      selector: labels,
    },
  }
}

export function corednsDeployment(
  { config, patches }: Cluster,
  { replicas = 2 }: { replicas?: number } = {},
): KubeObject {
  return patched({ patches }, 'corednsdeployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...inKubeSystem('coredns'), labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 1 }, type: 'RollingUpdate' },
      template: { metadata: { labels }, spec: podSpec(corednsImage(config)) },
    },
  })
}

function podSpec(image: string): JsonObject {
  return {
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [spreadOverNodes] } },
    containers: [container(image)],
    dnsPolicy: 'Default',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    priorityClassName: 'system-cluster-critical',
    serviceAccountName: 'coredns',
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' },
    ],
    volumes: [
      { configMap: { items: [{ key: 'Corefile', path: 'Corefile' }], name: 'coredns' }, name: 'config-volume' },
    ],
  }
}

const spreadOverNodes: JsonObject = {
  podAffinityTerm: {
    labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }] },
    topologyKey: 'kubernetes.io/hostname',
  },
  weight: 100,
}

function container(image: string): JsonObject {
  return {
    args: ['-conf', '/etc/coredns/Corefile'],
    image,
    imagePullPolicy: 'IfNotPresent',
    livenessProbe: {
      failureThreshold: 5,
      httpGet: { path: '/health', port: 'liveness-probe', scheme: 'HTTP' },
      initialDelaySeconds: 60,
      successThreshold: 1,
      timeoutSeconds: 5,
    },
    name: 'coredns',
    ports: [
      { containerPort: 53, name: 'dns', protocol: 'UDP' },
      { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
      { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
      { containerPort: 8080, name: 'liveness-probe', protocol: 'TCP' },
      { containerPort: 8181, name: 'readiness-probe', protocol: 'TCP' },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 'readiness-probe', scheme: 'HTTP' } },
    resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ mountPath: '/etc/coredns', name: 'config-volume', readOnly: true }],
  }
}
