import { stringify } from 'yaml'
import type { KubernetesVersion } from './versions.ts'

export interface LabConfigOptions {
  version: KubernetesVersion
  /** The address that the API server of this node advertises. */
  advertiseAddress?: string
  /** Comma-separated for dual-stack. The default fits `connectPods`. */
  podSubnet?: string
  serviceSubnet?: string
  /** "host:port" in front of several control planes. */
  controlPlaneEndpoint?: string
  /** Bootstrap token that `init` makes, "abcdef.0123456789abcdef"-shaped; a random one without it. */
  token?: string
  nodeName?: string
  /** Preflight checks to ignore in addition to those that the lab needs. */
  ignorePreflightErrors?: readonly string[]
  /** More fields of each document; they override the lab's. */
  cluster?: Record<string, unknown>
  init?: Record<string, unknown>
  kubelet?: Record<string, unknown>
  proxy?: Record<string, unknown>
}

/** Preflight checks that fail on hosts with cgroup v1; the lab ignores them by name. */
const labIgnoredChecks: readonly string[] = ['SystemVerification']

/** Kubelet settings that a host with cgroup v1 and cgroupfs needs. */
const labKubelet = { failCgroupV1: false, cgroupDriver: 'cgroupfs' }
/** The host's connection tracking limits cannot be written from a node. */
const labProxy = { conntrack: { maxPerCore: 0 } }

/** The YAML for `init --config` of a cluster that runs in the lab; kubeadm of both versions accepts it. */
export function labKubeadmConfig(options: LabConfigOptions): string {
  const api = 'kubeadm.k8s.io/v1beta4'
  const { version, podSubnet = '10.244.0.0/16', serviceSubnet } = options
  const init = {
    apiVersion: api,
    kind: 'InitConfiguration',
    ...(options.token ? { bootstrapTokens: [{ token: options.token }] } : {}),
    ...(options.advertiseAddress ? { localAPIEndpoint: { advertiseAddress: options.advertiseAddress } } : {}),
    nodeRegistration: registration(options),
    ...options.init,
  }
  const cluster = {
    apiVersion: api,
    kind: 'ClusterConfiguration',
    kubernetesVersion: version,
    ...(options.controlPlaneEndpoint ? { controlPlaneEndpoint: options.controlPlaneEndpoint } : {}),
    networking: { podSubnet, ...(serviceSubnet ? { serviceSubnet } : {}) },
    ...options.cluster,
  }
  const kubelet = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    ...labKubelet,
    ...options.kubelet,
  }
  const proxy = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    ...labProxy,
    ...options.proxy,
  }
  return documents(init, cluster, kubelet, proxy)
}

export interface LabJoinOptions {
  /** "host:port" of an API server of the cluster. */
  apiServerEndpoint: string
  token: string
  /** "sha256:…" of the cluster's CA; without it the CA is not verified. */
  caCertHash?: string
  nodeName?: string
  ignorePreflightErrors?: readonly string[]
  /** Join as a control plane, with the key its certificates were uploaded under. */
  controlPlane?: { advertiseAddress?: string; certificateKey: string }
}

/** The YAML for `join --config` in the lab. */
export function labJoinConfig(options: LabJoinOptions): string {
  const { apiServerEndpoint, token, caCertHash, controlPlane } = options
  const trust = caCertHash ? { caCertHashes: [caCertHash] } : { unsafeSkipCAVerification: true }
  return documents({
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    discovery: { bootstrapToken: { apiServerEndpoint, token, ...trust } },
    nodeRegistration: registration(options),
    ...(controlPlane
      ? {
          controlPlane: {
            certificateKey: controlPlane.certificateKey,
            ...(controlPlane.advertiseAddress
              ? { localAPIEndpoint: { advertiseAddress: controlPlane.advertiseAddress } }
              : {}),
          },
        }
      : {}),
  })
}

/** The path of real kubeadm of a version on a node of any version. */
export const oracleKubeadm = (version: KubernetesVersion) => `/opt/oracle/${version}/kubeadm`

function registration(options: { nodeName?: string; ignorePreflightErrors?: readonly string[] }) {
  return {
    criSocket: 'unix:///run/containerd/containerd.sock',
    ...(options.nodeName ? { name: options.nodeName } : {}),
    ignorePreflightErrors: [...labIgnoredChecks, ...(options.ignorePreflightErrors ?? [])],
  }
}

function documents(...objects: object[]): string {
  return objects.map(object => stringify(object)).join('---\n')
}
