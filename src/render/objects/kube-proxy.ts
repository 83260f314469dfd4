import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { clusterEndpoint } from '../../cluster/endpoints.ts'
import { kubeImage } from '../../cluster/images.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { patched } from '../patches/patched.ts'
import { configMap } from './config-map.ts'
import { clusterRoleBinding, inKubeSystem, nodeBootstrappers, readerRole, serviceAccount } from './rbac.ts'

const name = 'kube-proxy'
const labels = { 'k8s-app': name } as const
const credentials = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Returns all objects of the kube-proxy add-on, in kubeadm's order. `node` runs the command. */
export function kubeProxyObjects(cluster: Cluster, node: ControlPlaneNode): KubeObject[] {
  return [
    kubeProxyConfigMap(cluster, node),
    kubeProxyDaemonSet(cluster, node),
    serviceAccount(name),
    clusterRoleBinding('kubeadm:node-proxier', 'system:node-proxier', {
      kind: 'ServiceAccount',
      ...inKubeSystem(name),
    }),
    ...readerRole(inKubeSystem(name), { resource: 'configmaps', name }, nodeBootstrappers),
  ]
}

/** Neither value ends in a newline: kubeadm's template strips it. */
export function kubeProxyConfigMap(cluster: Cluster, node: ControlPlaneNode): KubeObject {
  return configMap({
    name,
    labels: { app: name },
    data: {
      'config.conf': toYaml(cluster.kubeProxy.tree).replace(/\n+$/, ''),
      'kubeconfig.conf': renderKubeconfig(clusterEndpoint(cluster, node)),
    },
    signed: cluster.kubeProxy.generated,
  })
}

function kubeProxyDaemonSet({ config, patches }: Cluster, node: ControlPlaneNode): KubeObject {
  return patched({ patches }, 'kubeproxydaemonset', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...inKubeSystem(name), labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(kubeImage(config, 'kube-proxy'), node) },
      updateStrategy: { type: 'RollingUpdate' },
    },
  })
}

function podSpec(image: string, node: ControlPlaneNode): JsonObject {
  return {
    containers: [container(image, node)],
    hostNetwork: true,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    priorityClassName: 'system-node-critical',
    serviceAccountName: name,
    tolerations: [{ operator: 'Exists' }],
    volumes: [
      { configMap: { name }, name },
      { hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' }, name: 'xtables-lock' },
      { hostPath: { path: '/lib/modules' }, name: 'lib-modules' },
    ],
  }
}

function container(image: string, node: ControlPlaneNode): JsonObject {
  return {
    command: [
      '/usr/local/bin/kube-proxy',
      '--config=/var/lib/kube-proxy/config.conf',
      '--hostname-override=$(NODE_NAME)',
    ],
    env: [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ...node.facts.proxyEnv.map(({ name: variable, value }) => ({ name: variable, value })),
    ],
    image,
    imagePullPolicy: 'IfNotPresent',
    name,
    securityContext: { privileged: true },
    volumeMounts: [
      { mountPath: '/var/lib/kube-proxy', name },
      { mountPath: '/run/xtables.lock', name: 'xtables-lock' },
      { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
    ],
  }
}

/** The lines have the order of kubeadm's template, which is not alphabetical. */
function renderKubeconfig(server: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: ${credentials}/ca.crt
    server: ${server}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: ${credentials}/token`
}
