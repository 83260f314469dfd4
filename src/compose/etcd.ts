import { posix } from 'node:path'
import { etcdClient } from '../clients/etcd/client.ts'
import { type Etcd, memberHosts } from '../clients/etcd/etcd.ts'
import type { TlsAccess } from '../clients/https/tls-access.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { secret } from '../cluster/secret.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { isAnswer, isKadmError, KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readEtcdEndpoints, votingEndpoints } from '../observe/etcd/endpoints.ts'
import { readLocalEtcd } from '../observe/etcd/local-etcd.ts'
import { readText } from '../observe/machine/read-text.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import { etcdClientUrl } from '../render/etcd.ts'

export interface EtcdAccess {
  readonly config: Pick<ClusterConfiguration, 'certificatesDir' | 'etcd'>
  /** The control plane whose certificates are used and from which connections start. */
  readonly host: HostReader
  /** Knows the pods of etcd; not asked when etcd is external. */
  readonly kube: () => Promise<Kube>
}

/**
 * The etcd of a cluster, its endpoints those of the voting members now. Throws CERT_INVALID when a client certificate
 * is not on the host, ETCD_UNREACHABLE when no member is known.
 */
export async function openEtcd({ config, host, kube }: EtcdAccess): Promise<Etcd> {
  const { external } = config.etcd
  if (external !== undefined) {
    const tls = await readTls(host, external)
    return etcdClient({ host, endpoints: external.endpoints, tls })
  }
  const files = await findCertificates(host, config.certificatesDir)
  const [tls, endpoints] = await Promise.all([readTls(host, files), findEndpoints(host, kube)])
  return synced(etcdClient({ host, endpoints, tls }), endpoints => etcdClient({ host, endpoints, tls }))
}

/** The client certificate of the directory; where that has none, what the etcd of this host itself works with. */
async function findCertificates(host: HostReader, certificatesDir: string): Promise<Files> {
  const usual = clientFiles(`${certificatesDir}/etcd`)
  if ((await host.stat(usual.certFile)) !== undefined) return usual
  const flags = await flagsOfEtcd(host)
  const caFile = flags?.get('trusted-ca-file')
  if (flags === undefined || caFile === undefined) return usual
  const sibling = clientFiles(posix.dirname(caFile))
  if ((await host.stat(sibling.certFile)) !== undefined) return { ...sibling, caFile }
  // As kubeadm issues it, the certificate of the server is one of a client, too.
  const [certFile, keyFile] = [flags.get('cert-file'), flags.get('key-file')]
  return certFile === undefined || keyFile === undefined ? usual : { caFile, certFile, keyFile }
}

function clientFiles(dir: string) {
  return {
    caFile: `${dir}/ca.crt`,
    certFile: `${dir}/healthcheck-client.crt`,
    keyFile: `${dir}/healthcheck-client.key`,
  }
}

/** Of the etcd of this host: of its static pod, else of what runs. */
async function flagsOfEtcd(host: HostReader): Promise<ReadonlyMap<string, string> | undefined> {
  const pod = await readStaticPod(host, 'etcd')
  if (pod !== undefined) return pod.flags
  try {
    const { pod: other, running } = await readLocalEtcd(host)
    return other?.flags ?? running.find(({ flags }) => flags.has('trusted-ca-file'))?.flags
  } catch (error) {
    if (isKadmError(error, 'COMMAND_FAILED')) return undefined
    throw error
  }
}

/**
 * What the cluster's pods say; where the API does not answer that, for whatever reason, what this host's own etcd does: its own
 * address, and those of the members that were there when it joined.
 */
async function findEndpoints(host: HostReader, kube: EtcdAccess['kube']): Promise<readonly string[]> {
  try {
    return await readEtcdEndpoints(await kube())
  } catch (error) {
    if (!isAnswer(error)) throw error
    const own = await flagsOfEtcd(host)
    const urls = own?.get('advertise-client-urls')
    if (urls === undefined) throw error
    const peerUrls = (own?.get('initial-cluster') ?? '').split(',').map(pair => pair.replace(/^[^=]*=/, ''))
    return [...new Set([...urls.split(','), ...memberHosts({ peerUrls }).map(etcdClientUrl)])]
  }
}

/** Speaks to the members that etcd itself names; what the pods say may be old. Without a quorum, to those of the pods. */
async function synced(etcd: Etcd, make: (endpoints: readonly string[]) => Etcd): Promise<Etcd> {
  let endpoints: readonly string[]
  try {
    endpoints = votingEndpoints(await etcd.members())
  } catch (error) {
    if (isKadmError(error, 'ETCD_UNREACHABLE')) return etcd
    etcd.close()
    throw error
  }
  if (endpoints.length === 0 || endpoints.join() === etcd.endpoints.join()) return etcd
  etcd.close()
  return make(endpoints)
}

interface Files {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

async function readTls(host: HostReader, { caFile, certFile, keyFile }: Files): Promise<TlsAccess> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(path => readNeeded(host, path)))
  return {
    ...(ca === undefined ? {} : { caPem: ca }),
    ...(cert === undefined ? {} : { clientCertPem: cert }),
    ...(key === undefined ? {} : { clientKeyPem: secret(key) }),
  }
}

/** undefined when no file is configured. */
async function readNeeded(host: HostReader, path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === '') return undefined
  const text = await readText(host, path)
  if (text !== undefined) return text
  throw new KadmError('CERT_INVALID', `${path} does not exist on ${host.name}: kadm needs it to connect to etcd`, {
    hint: 'create it on a control plane host: `kadm init phase certs etcd-healthcheck-client`',
  })
}
