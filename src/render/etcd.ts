import { posix } from 'node:path'
import { hostPort, isIPv6 } from '../cluster/cidr.ts'
import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { components, etcdPorts } from '../cluster/components.ts'
import { hostAndPort, parseGoUrl } from '../cluster/go-url.ts'
import { etcdImage } from '../cluster/images.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { LocalEtcd } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'
import type { ProbeTarget } from './static-pod/probes.ts'
import { renderStaticPod } from './static-pod.ts'

export interface InitialMember {
  readonly name: string
  /** `https://10.0.0.1:2380` */
  readonly peerUrl: string
}

export interface EtcdOptions {
  /** All members including this one, if it joins a running etcd; absent if it starts a new one. */
  readonly initialCluster?: readonly InitialMember[]
}

/** Returns the client URL of a node's etcd: `https://10.0.0.1:2379`. */
export function etcdClientUrl(address: string): string {
  return `https://${hostPort(address, etcdPorts.client)}`
}

/** Returns the peer URL of a node's etcd: `https://10.0.0.1:2380`. */
export function etcdPeerUrl(address: string): string {
  return `https://${hostPort(address, etcdPorts.peer)}`
}

/** Renders the etcd member of one control plane node. Throws INTERNAL if etcd is external. */
export function renderEtcd(cluster: Cluster, node: ControlPlaneNode, options: EtcdOptions = {}): KubeObject {
  const { config } = cluster
  const local = config.etcd.local
  if (local === undefined) throw new KadmError('INTERNAL', 'an external etcd has no static pod')
  const certsDir = `${config.certificatesDir}/etcd`
  return renderStaticPod(cluster, {
    name: 'etcd',
    args: renderArgs(defaultArgs(local, config.certificatesDir, node, options), local.extraArgs),
    image: etcdImage(config),
    requests: { cpu: '100m', memory: '100Mi' },
    annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': etcdClientUrl(node.advertiseAddress) },
    probes: probeTarget(local, localhost(node)),
    startupTimeoutMs: cluster.startupTimeoutMs,
    env: local.extraEnvs ?? [],
    mounts: [
      { name: 'etcd-data', hostPath: local.dataDir, mountPath: local.dataDir, pathType: 'DirectoryOrCreate' },
      { name: 'etcd-certs', hostPath: certsDir, mountPath: certsDir, pathType: 'DirectoryOrCreate' },
    ],
    mountsUnsorted: true,
  })
}

function defaultArgs(
  { dataDir }: LocalEtcd,
  certificatesDir: string,
  node: ControlPlaneNode,
  { initialCluster = [] }: EtcdOptions,
): Record<string, string> {
  const pki = (file: string): string => posix.join(certificatesDir, 'etcd', file)
  const clientUrl = etcdClientUrl(node.advertiseAddress)
  const peerUrl = etcdPeerUrl(node.advertiseAddress)
  const members = initialCluster.length > 0 ? initialCluster : [{ name: node.name, peerUrl }]
  return {
    'advertise-client-urls': clientUrl,
    'cert-file': pki('server.crt'),
    'client-cert-auth': 'true',
    'data-dir': dataDir,
    'feature-gates': 'InitialCorruptCheck=true',
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': members.map(member => `${member.name}=${member.peerUrl}`).join(','),
    ...(initialCluster.length > 0 ? { 'initial-cluster-state': 'existing' } : {}),
    'key-file': pki('server.key'),
    'listen-client-urls': `${etcdClientUrl(localhost(node))},${clientUrl}`,
    'listen-metrics-urls': `http://${hostPort(localhost(node), etcdPorts.metrics)}`,
    'listen-peer-urls': peerUrl,
    name: node.name,
    'peer-cert-file': pki('peer.crt'),
    'peer-client-cert-auth': 'true',
    'peer-key-file': pki('peer.key'),
    'peer-trusted-ca-file': pki('ca.crt'),
    'snapshot-count': '10000',
    'trusted-ca-file': pki('ca.crt'),
    'watch-progress-notify-interval': '5s',
  }
}

/**
 * Health is served with the metrics. Unlike for other components, an unspecified address is probed as it is. Source:
 * GetEtcdProbeEndpoint.
 */
function probeTarget(local: LocalEtcd, fallbackHost: string): ProbeTarget {
  const url = parseGoUrl(lastArg(local.extraArgs, 'listen-metrics-urls')?.split(',')[0] ?? '')
  const { name, port } = hostAndPort('message' in url ? { host: '' } : url)
  const given = Number(port)
  return {
    host: name || fallbackHost,
    scheme: 'scheme' in url && url.scheme === 'https' ? 'HTTPS' : 'HTTP',
    port: given > 0 && given <= 65_535 ? given : etcdPorts.metrics,
    liveness: components.etcd.health,
    readiness: '/readyz',
    startup: '/readyz',
  }
}

function localhost(node: ControlPlaneNode): string {
  return isIPv6(node.advertiseAddress) ? '::1' : '127.0.0.1'
}
