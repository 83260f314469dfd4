import { posix } from 'node:path'
import { etcdClient } from '../clients/etcd/client.ts'
import { type Etcd, memberHosts } from '../clients/etcd/etcd.ts'
import type { TlsAccess } from '../clients/https/tls-access.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { given } from '../cluster/given.ts'
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
  /** The control plane that provides the certificates and opens the connections. */
  readonly host: HostReader
  /** Lists the etcd pods. Not used for an external etcd. */
  readonly kube: () => Promise<Kube>
}

/**
 * Opens the etcd of a cluster at the endpoints of its voting members. Throws CERT_INVALID if a client certificate is
 * not on the host, ETCD_UNREACHABLE if no member is known.
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

/** Returns the client certificate in the directory, or else the certificate that the etcd of this host uses. */
async function findCertificates(host: HostReader, certificatesDir: string): Promise<Files> {
  const usual = clientFiles(`${certificatesDir}/etcd`)
  if ((await host.stat(usual.certFile)) !== undefined) return usual
  const flags = await flagsOfEtcd(host)
  const caFile = flags?.get('trusted-ca-file')
  if (flags === undefined || caFile === undefined) return usual
  const sibling = clientFiles(posix.dirname(caFile))
  if ((await host.stat(sibling.certFile)) !== undefined) return { ...sibling, caFile }
  // A server certificate that kubeadm issues is also valid for clients.
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

/** Returns the flags of the etcd on this host: from its static pod, else from its process. */
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
 * Returns endpoints from the pods of the cluster. If the API does not answer, returns those of this host's own etcd:
 * its address, and those of the members at the time of its join.
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

/** Connects to the members that etcd reports, or without a quorum to those of the pods, which can be out of date. */
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
    ...given({ caPem: ca, clientCertPem: cert }),
    ...(key === undefined ? {} : { clientKeyPem: secret(key) }),
  }
}

/** Returns undefined if no file is configured. */
async function readNeeded(host: HostReader, path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === '') return undefined
  const text = await readText(host, path)
  if (text !== undefined) return text
  throw new KadmError('CERT_INVALID', `${path} does not exist on ${host.name}: kadm needs it to connect to etcd`, {
    hint: 'create it on a control plane host: `kadm init phase certs etcd-healthcheck-client`',
  })
}
