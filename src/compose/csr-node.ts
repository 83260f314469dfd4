import { controlPlanesOf } from '../cluster/cluster.ts'
import { type CaName, pairOf } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import type { ProfileName } from '../cluster/profile-names.ts'
import type { BaseRequest } from '../cluster/request.ts'
import { completeInit } from '../config/complete-init.ts'
import { type ParsedInit, settleInit } from '../config/init.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readFacts } from '../observe/machine/facts.ts'
import type { Target } from '../phases/phase.ts'
import { certSpec, isEtcdCert } from '../pki/cert-table.ts'
import { type Profile, profiles } from '../pki/profile.ts'
import { findRenewNodes } from './renew-node.ts'

/** Where the certificates of a host are, and the configuration that decides what they contain. */
export interface CertificatePlaces {
  /** The configuration of --config, or kubeadm's default. */
  readonly parsed: ParsedInit
  /** True if --config gives it. */
  readonly configured: boolean
  /** The directory of --cert-dir. */
  readonly certificatesDir?: string
  /** The directory of --kubeconfig-dir. */
  readonly kubeconfigDir: string
  /** True if the defaults may stand for the configuration of a cluster that does not answer. */
  readonly assume?: true
}

const adminConf = `${paths.kubernetesDir}/admin.conf`

/**
 * Reads the control plane that a host is or becomes. The configuration is that of --config, else that of the cluster of
 * the host, else kubeadm's default. Throws CONFIG_INVALID if the cluster of the host does not answer.
 */
export async function findCertificateNode(
  host: HostReader,
  places: CertificatePlaces,
): Promise<{ readonly target: Target; readonly warnings: readonly string[] }> {
  const joined = !places.configured && (await isComplete(host))
  const found = joined ? await ofCluster(host, places) : await ofConfiguration(host, places)
  const { cluster, request, warnings } = found
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new KadmError('INTERNAL', `${host.name} is not a control plane`)
  const { certificatesDir = cluster.config.certificatesDir, kubeconfigDir } = places
  const config = { ...cluster.config, certificatesDir }
  return { target: { cluster: { ...cluster, config }, node, request: { ...request, kubeconfigDir } }, warnings }
}

type Found = Pick<Target, 'cluster'> & { readonly request: BaseRequest; readonly warnings: readonly string[] }

/** Without a certificate, admin.conf waits for its signature, and no cluster can be asked. */
async function isComplete(host: HostReader): Promise<boolean> {
  const bytes = await host.readFile(adminConf)
  return bytes !== undefined && /client-certificate/.test(Buffer.from(bytes).toString())
}

async function ofConfiguration(host: HostReader, { parsed }: CertificatePlaces): Promise<Found> {
  const { cluster, request, warnings } = completeInit(settleInit(parsed, undefined), await readFacts(host))
  return { cluster, request, warnings }
}

async function ofCluster(host: HostReader, { certificatesDir, assume }: CertificatePlaces): Promise<Found> {
  const parsed = { kubeconfig: adminConf, ...(certificatesDir === undefined ? {} : { certificatesDir }) }
  const { targets, warnings } = await findRenewNodes([host], parsed)
  const [target] = targets
  if (target === undefined) throw new KadmError('INTERNAL', `${host.name} has no node`)
  if (assume === true || target.request.assumedConfig === undefined) return { ...target, warnings }
  throw new KadmError('CONFIG_INVALID', `${host.name}: the configuration of the cluster cannot be read`, {
    hint: 'give the configuration of the cluster with --config: it decides the names in the certificates',
  })
}

/** Returns the certificates and kubeconfigs of a new control plane. With an external etcd, it has none of etcd. */
export function profilesOf({ cluster: { config } }: Pick<Target, 'cluster'>): readonly Profile[] {
  const external = config.etcd.external !== undefined
  return profiles.filter(profile => !external || profile.kind === 'kubeconfig' || !isEtcdCert(certSpec(profile.name)))
}

/** Returns the existing certificates and kubeconfigs that no CA on the host can sign. */
export async function externalProfilesOf(host: HostReader, target: Target): Promise<readonly ProfileName[]> {
  const { certificatesDir } = target.cluster.config
  const keyless = async (name: CaName) => (await host.stat(pairOf(certificatesDir, name).key)) === undefined
  const wanted = profilesOf(target)
  const chosen = await Promise.all(
    wanted.map(async profile => {
      const dir = profile.kind === 'pair' ? certificatesDir : target.request.kubeconfigDir
      const file = `${dir}/${profile.base}${profile.kind === 'pair' ? '.crt' : ''}`
      return (await host.stat(file)) !== undefined && (await keyless(profile.signedBy))
    }),
  )
  return wanted.filter((_, i) => chosen[i]).map(({ name }) => name)
}
