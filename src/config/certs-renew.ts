import type { Role } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { paths } from '../cluster/paths.ts'
import { releases } from '../cluster/releases.ts'
import type { RenewRequest } from '../cluster/request.ts'
import type { ClusterConfiguration, ExternalEtcd, Timeouts } from '../cluster/spec.ts'
import { baseRequest } from './base-request.ts'
import { type ControlPlaneHost, clusterAtHost } from './cluster-at-host.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

/** The flags of `certs renew`, and the configuration of its file. */
export interface ParsedRenew {
  readonly kubeconfig: string
  /** The configuration of --config. */
  readonly config?: ClusterConfiguration
  readonly timeouts?: Timeouts
  /** The directory of --cert-dir. */
  readonly certificatesDir?: string
  readonly expiringWithinMs?: number
  readonly restart?: false
  readonly kubeconfigCopies?: readonly string[]
  /** The certificates of kubelets are named. */
  readonly kubelets?: 'always'
}

/** What is known about a host whose certificates are renewed. */
export interface RenewPlace extends Omit<ControlPlaneHost, 'config'> {
  /** The configuration that the cluster stores. */
  readonly stored?: ClusterConfiguration
  /** As the static pod of kube-apiserver has it, for a cluster that does not answer. */
  readonly certificatesDir?: string
  readonly externalEtcd?: ExternalEtcd
  /** True if no API server of the hosts answers. */
  readonly apiSilent?: true
}

/**
 * Returns the cluster and the request for one host. The configuration is that of --config, else that of the cluster,
 * else the default.
 */
export function completeRenew(parsed: ParsedRenew, place: RenewPlace, role: Role = 'control-plane') {
  const known = parsed.config ?? place.stored
  const config = known ?? assumedConfig(place)
  const { expiringWithinMs, restart, kubelets, kubeconfigCopies, certificatesDir = config.certificatesDir } = parsed
  const request: RenewRequest = {
    ...baseRequest({ kubeconfig: parsed.kubeconfig }, { timeouts: parsed.timeouts ?? defaultTimeouts(undefined) }),
    ...given({ expiringWithinMs, restart, kubelets, kubeconfigCopies, apiSilent: place.apiSilent }),
    ...(certificatesDir === config.certificatesDir ? {} : { kubeconfigsOf: config.certificatesDir }),
    ...(known === undefined && { assumedConfig: true as const }),
  }
  const cluster = clusterAtHost({ ...place, config: { ...config, certificatesDir } }, request, role)
  return { cluster, request }
}

function assumedConfig({ certificatesDir, externalEtcd }: RenewPlace): ClusterConfiguration {
  const [{ newest }] = releases
  const config = defaultClusterConfiguration({}, newest, 6443)
  return {
    ...config,
    certificatesDir: certificatesDir ?? paths.defaultCertificatesDir,
    ...(externalEtcd === undefined ? {} : { etcd: { external: externalEtcd } }),
  }
}
