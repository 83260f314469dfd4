import { formatDuration } from './duration.ts'
import { given } from './given.ts'
import type { Json, JsonObject } from './json.ts'
import type { ClusterConfiguration, ControlPlaneComponent, EtcdConfiguration } from './spec.ts'

/**
 * Returns the content of the ConfigMap kubeadm-config: the fields, omissions and durations that kubeadm writes. Source:
 * the omitempty tags of kubeadm's v1beta4 types.
 */
export function toClusterConfigurationTree(config: ClusterConfiguration): JsonObject {
  return {
    apiServer: { ...component(config.apiServer), ...written({ certSANs: config.apiServer.certSANs }) },
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    caCertificateValidityPeriod: formatDuration(config.caCertificateValidityPeriod),
    certificateValidityPeriod: formatDuration(config.certificateValidityPeriod),
    certificatesDir: config.certificatesDir,
    clusterName: config.clusterName,
    ...written({ controlPlaneEndpoint: config.controlPlaneEndpoint }),
    controllerManager: component(config.controllerManager),
    dns: written({ ...config.dns }),
    encryptionAlgorithm: config.encryptionAlgorithm,
    etcd: etcd(config.etcd),
    ...written({ featureGates: config.featureGates }),
    imageRepository: config.imageRepository,
    kind: 'ClusterConfiguration',
    // The prefix of a CI build applies only to the run that deploys it.
    kubernetesVersion: config.kubernetesVersion.replace(/^ci\//, ''),
    networking: written({ ...config.networking }),
    proxy: written({ ...config.proxy }),
    scheduler: component(config.scheduler),
  }
}

function component({ extraArgs, extraVolumes, extraEnvs }: ControlPlaneComponent): JsonObject {
  return written({
    extraArgs: extraArgs?.map(arg => ({ ...arg })),
    extraVolumes: extraVolumes?.map(({ name, hostPath, mountPath, ...rest }) => {
      return { name, hostPath, mountPath, ...written(rest) }
    }),
    extraEnvs: extraEnvs?.map(({ name, value, valueFrom }) => {
      // A pointer in Go, which is written even if it is empty.
      return { name, ...written({ value }), ...given({ valueFrom }) }
    }),
  })
}

function etcd({ local, external }: EtcdConfiguration): JsonObject {
  return written({
    local: local && {
      dataDir: local.dataDir,
      ...component(local),
      ...written({
        imageRepository: local.imageRepository,
        imageTag: local.imageTag,
        serverCertSANs: local.serverCertSANs,
        peerCertSANs: local.peerCertSANs,
      }),
    },
    external: external && {
      endpoints: external.endpoints,
      ...written({ httpEndpoints: external.httpEndpoints }),
      caFile: external.caFile ?? '',
      certFile: external.certFile ?? '',
      keyFile: external.keyFile ?? '',
    },
  })
}

/** Removes the fields that Go's `omitempty` removes. */
function written(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)))
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === null || value === '' || value === false || value === 0
}
