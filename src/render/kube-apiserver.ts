import { posix } from 'node:path'
import { hostPort, isIPv6 } from '../cluster/cidr.ts'
import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { components, etcdPorts } from '../cluster/components.ts'
import { kubeImage } from '../cluster/images.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'
import { probeHost } from './static-pod/probes.ts'
import { caMounts, etcdCertMounts, hostPath } from './static-pod/volumes.ts'
import { renderStaticPod } from './static-pod.ts'

/** Renders the kube-apiserver of one control plane node. */
export function renderKubeApiserver(cluster: Cluster, node: ControlPlaneNode): KubeObject {
  const { config } = cluster
  const { certificatesDir, etcd } = config
  return renderStaticPod(cluster, {
    name: 'kube-apiserver',
    args: renderArgs(defaultArgs(config, node), config.apiServer.extraArgs),
    image: kubeImage(config, 'kube-apiserver'),
    requests: { cpu: '250m' },
    annotations: {
      'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': hostPort(node.advertiseAddress, node.bindPort),
    },
    probes: {
      ...probeHost(node.advertiseAddress),
      scheme: 'HTTPS',
      port: node.bindPort,
      liveness: components['kube-apiserver'].health,
      readiness: '/readyz',
      startup: components['kube-apiserver'].health,
    },
    startupTimeoutMs: cluster.startupTimeoutMs,
    env: [...node.facts.proxyEnv, ...(config.apiServer.extraEnvs ?? [])],
    mounts: [
      hostPath('k8s-certs', certificatesDir),
      ...(etcd.external === undefined ? [] : etcdCertMounts(etcd.external, certificatesDir)),
      ...caMounts(node.facts.caDirs),
      ...(config.apiServer.extraVolumes ?? []),
    ],
  })
}

function defaultArgs(config: ClusterConfiguration, node: ControlPlaneNode): Record<string, string> {
  const pki = (file: string): string => posix.join(config.certificatesDir, file)
  const structuredAuthorization = lastArg(config.apiServer.extraArgs, 'authorization-config') !== undefined
  return {
    'advertise-address': node.advertiseAddress,
    'allow-privileged': 'true',
    ...(structuredAuthorization ? {} : { 'authorization-mode': 'Node,RBAC' }),
    'client-ca-file': pki('ca.crt'),
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': 'true',
    ...etcdArgs(config, node),
    'kubelet-client-certificate': pki('apiserver-kubelet-client.crt'),
    'kubelet-client-key': pki('apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
    'proxy-client-cert-file': pki('front-proxy-client.crt'),
    'proxy-client-key-file': pki('front-proxy-client.key'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'secure-port': String(node.bindPort),
    'service-account-issuer': `https://kubernetes.default.svc.${config.networking.dnsDomain}`,
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'service-cluster-ip-range': config.networking.serviceSubnet,
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
  }
}

/** External: only the given files, a certificate only with its key. Local: the member on this node. */
function etcdArgs({ etcd, certificatesDir }: ClusterConfiguration, node: ControlPlaneNode): Record<string, string> {
  if (etcd.external !== undefined) {
    const { endpoints, caFile, certFile, keyFile } = etcd.external
    return {
      'etcd-servers': endpoints.join(','),
      ...(caFile ? { 'etcd-cafile': caFile } : {}),
      ...(certFile && keyFile ? { 'etcd-certfile': certFile, 'etcd-keyfile': keyFile } : {}),
    }
  }
  const local = `https://${hostPort(isIPv6(node.advertiseAddress) ? '::1' : '127.0.0.1', etcdPorts.client)}`
  return {
    'etcd-servers': lastArg(etcd.local?.extraArgs, 'advertise-client-urls') ?? local,
    'etcd-cafile': posix.join(certificatesDir, 'etcd/ca.crt'),
    'etcd-certfile': posix.join(certificatesDir, 'apiserver-etcd-client.crt'),
    'etcd-keyfile': posix.join(certificatesDir, 'apiserver-etcd-client.key'),
  }
}
