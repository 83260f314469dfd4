import { posix } from 'node:path'
import type { Cluster, Node } from '../cluster/cluster.ts'
import { components } from '../cluster/components.ts'
import { kubeImage } from '../cluster/images.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { paths } from '../cluster/paths.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'
import { probeHost } from './static-pod/probes.ts'
import { caMounts, hostPath } from './static-pod/volumes.ts'
import { renderStaticPod } from './static-pod.ts'

const usual = components['kube-controller-manager']
const kubeconfig = posix.join(paths.kubernetesDir, 'controller-manager.conf')

export interface ControllerManagerOptions {
  /** True if the CA key is not on this host: nothing can be signed and the signing controllers are off. */
  readonly externalCa?: boolean
}

/** Renders the kube-controller-manager of one control plane node. */
export function renderKubeControllerManager(
  cluster: Cluster,
  node: Node,
  { externalCa = false }: ControllerManagerOptions = {},
): KubeObject {
  const { config } = cluster
  const { extraArgs, extraEnvs = [], extraVolumes = [] } = config.controllerManager
  return renderStaticPod(cluster, {
    name: 'kube-controller-manager',
    args: renderArgs(defaultArgs(config, externalCa), extraArgs),
    image: kubeImage(config, 'kube-controller-manager'),
    requests: { cpu: '200m' },
    probes: {
      ...probeHost(lastArg(extraArgs, 'bind-address') ?? '127.0.0.1'),
      scheme: 'HTTPS',
      port: usual.ports[0],
      liveness: usual.health,
      startup: usual.health,
    },
    startupTimeoutMs: cluster.startupTimeoutMs,
    env: [...node.facts.proxyEnv, ...extraEnvs],
    mounts: [
      hostPath('k8s-certs', config.certificatesDir),
      hostPath('kubeconfig', kubeconfig, 'FileOrCreate'),
      ...caMounts(node.facts.caDirs),
      ...extraVolumes,
    ],
  })
}

function defaultArgs(config: ClusterConfiguration, externalCa: boolean): Record<string, string> {
  const pki = (file: string): string => posix.join(config.certificatesDir, file)
  const { podSubnet, serviceSubnet } = config.networking
  return {
    ...(podSubnet
      ? { 'allocate-node-cidrs': 'true', 'cluster-cidr': podSubnet, 'service-cluster-ip-range': serviceSubnet }
      : {}),
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'client-ca-file': pki('ca.crt'),
    ...(config.clusterName === '' ? {} : { 'cluster-name': config.clusterName }),
    'cluster-signing-cert-file': externalCa ? '' : pki('ca.crt'),
    'cluster-signing-key-file': externalCa ? '' : pki('ca.key'),
    controllers: '*,bootstrapsigner,tokencleaner',
    kubeconfig,
    'leader-elect': 'true',
    'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
    'root-ca-file': pki('ca.crt'),
    'service-account-private-key-file': pki('sa.key'),
    'use-service-account-credentials': 'true',
  }
}
