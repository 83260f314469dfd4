import { hostPort } from '../../cluster/cidr.ts'
import { given } from '../../cluster/given.ts'
import type {
  ApiServer,
  ClusterConfiguration,
  ControlPlaneComponent,
  EncryptionAlgorithm,
  EtcdConfiguration,
  Networking,
} from '../../cluster/spec.ts'
import { parseIp } from '../field/addresses.ts'
import { parseHostPort } from '../field/name-rules.ts'
import type { ClusterDocument } from './cluster-schema.ts'

const hour = 36e5
const defaultDataDir = '/var/lib/etcd'

/**
 * Fills in kubeadm's defaults. `version` is the resolved kubernetesVersion; `bindPort` completes a controlPlaneEndpoint
 * without port. Source: kubeadm v1beta4/defaults.go and SetClusterDynamicDefaults.
 */
export function defaultClusterConfiguration(
  document: ClusterDocument,
  version: string,
  bindPort: number,
): ClusterConfiguration {
  const { featureGates, controlPlaneEndpoint } = document
  return {
    apiServer: withLowerCaseSans(document.apiServer ?? {}),
    caCertificateValidityPeriod: document.caCertificateValidityPeriod ?? 87_600 * hour,
    certificateValidityPeriod: document.certificateValidityPeriod ?? 8_760 * hour,
    certificatesDir: document.certificatesDir ?? '/etc/kubernetes/pki',
    clusterName: document.clusterName ?? 'kubernetes',
    ...(controlPlaneEndpoint === undefined
      ? {}
      : { controlPlaneEndpoint: completeEndpoint(controlPlaneEndpoint, bindPort) }),
    controllerManager: (document.controllerManager ?? {}) as ControlPlaneComponent,
    dns: document.dns ?? {},
    encryptionAlgorithm: (document.encryptionAlgorithm ?? 'RSA-2048') as EncryptionAlgorithm,
    etcd: defaultEtcd(document.etcd ?? {}),
    ...given({ featureGates }),
    imageRepository: document.imageRepository ?? 'registry.k8s.io',
    kubernetesVersion: version,
    networking: defaultNetworking(document.networking ?? {}),
    proxy: document.proxy ?? {},
    scheduler: (document.scheduler ?? {}) as ControlPlaneComponent,
  }
}

function defaultNetworking(networking: NonNullable<ClusterDocument['networking']>): Networking {
  return {
    ...networking,
    dnsDomain: networking.dnsDomain ?? 'cluster.local',
    serviceSubnet: networking.serviceSubnet ?? '10.96.0.0/12',
  }
}

function defaultEtcd({ local, external }: NonNullable<ClusterDocument['etcd']>): EtcdConfiguration {
  const endpoints = external?.endpoints ?? []
  const http = external?.httpEndpoints ?? []
  return {
    ...(local !== undefined || external === undefined
      ? { local: { ...local, dataDir: local?.dataDir ?? defaultDataDir } as NonNullable<EtcdConfiguration['local']> }
      : {}),
    ...(external === undefined
      ? {}
      : { external: { ...external, endpoints, httpEndpoints: http.length === 0 ? endpoints : http } }),
  }
}

function withLowerCaseSans(apiServer: NonNullable<ClusterDocument['apiServer']>): ApiServer {
  const { certSANs, ...rest } = apiServer
  return {
    ...rest,
    ...given({ certSANs: certSANs?.map(name => name.toLowerCase()) }),
  } as ApiServer
}

/** An invalid endpoint stays unchanged: the validation reports its error. */
function completeEndpoint(endpoint: string, bindPort: number): string {
  const parsed = parseHostPort(endpoint, host => parseIp(host) !== undefined)
  if (typeof parsed === 'string' || parsed.port !== undefined) return endpoint
  return hostPort(parsed.host, bindPort)
}
