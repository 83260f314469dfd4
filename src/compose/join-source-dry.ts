import { kubeClient } from '../clients/kube/client.ts'
import { isApiSilent } from '../clients/kube/failure.ts'
import { given } from '../cluster/given.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { pairOf } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import { releases } from '../cluster/releases.ts'
import type { Secret } from '../cluster/secret.ts'
import type { Discovered } from '../cluster/session.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { assumedDocuments } from '../config/assumed-cluster.ts'
import { serverOfEndpoint } from '../config/kinds/discovery.ts'
import type { HostReader } from '../host/host.ts'
import { readDiscoveryFile } from '../observe/cluster/discover-file.ts'
import { readFacts } from '../observe/machine/facts.ts'
import { readKubeletVersion } from '../observe/machine/kubelet-version.ts'
import { readText } from '../observe/machine/read-text.ts'
import { readCa } from '../observe/pki/admin-conf.ts'
import { newBootstrapToken } from '../pki/bootstrap-token.ts'
import { parseCertificates, spkiHash } from '../pki/certificate.ts'
import { seal } from '../pki/certificate-key.ts'
import { makeTemporaryCa, makeTemporarySharedFiles } from '../pki/temporary-ca.ts'
import { kubeadmCertsSecret } from '../render/objects/kubeadm-certs.ts'
import {
  bootstrapFromFile,
  bootstrapWith,
  discover,
  type JoinSource,
  readSource,
  sourceFromControlPlane,
  type Waiting,
} from './join-source.ts'

export interface DryJoin {
  /** The host that joins, or the first of several. */
  readonly host: HostReader
  /** The control plane that the join reads from. */
  readonly source?: HostReader
  readonly config: Omit<JoinConfiguration, 'nodeRegistration'>
  readonly waiting: Waiting
}

/**
 * Reads the cluster for a dry run. If no server answers, assumes a cluster, as kubeadm does, and reports the
 * assumptions. As in a real join, an untrusted server is an error.
 */
export async function sourceForDryRun(join: DryJoin): Promise<JoinSource> {
  const { host, source, config, waiting } = join
  if (source !== undefined) {
    const found = await sourceFromControlPlane(source, config).catch(unlessSilent)
    return found ?? assume(join, await knownOfControlPlane(source))
  }
  const discovered = await discover(host, config, waiting).catch(unlessSilent)
  if (discovered === undefined) return assume(join, await knownHere(join))
  const found = await readSource(host, discovered, config, waiting).catch(unlessSilent)
  return found ?? assume(join, { server: discovered.server, ca: discovered.ca, finish: () => discovered })
}

/** Returns what is known about a cluster that does not answer, with defaults for the rest. */
export async function assumedSource(join: DryJoin): Promise<JoinSource> {
  const { source } = join
  return assume(join, await (source === undefined ? knownHere(join) : knownOfControlPlane(source)))
}

function unlessSilent(error: unknown): undefined {
  if (!isApiSilent(error)) throw error
}

/** What is known without an answer, and how to complete it once a CA exists. */
interface Known {
  readonly server: string
  readonly ca?: string
  readonly finish: (ca: string) => Discovered
}

async function knownOfControlPlane(source: HostReader): Promise<Known> {
  const [{ server, caPem }, facts] = await Promise.all([
    readCa(source, `${paths.kubernetesDir}/admin.conf`),
    readFacts(source),
  ])
  const token = newBootstrapToken().reveal()
  return { server, ca: caPem, finish: ca => ({ ...bootstrapWith({ server, ca }, token), source: facts }) }
}

async function knownHere({ host, config }: DryJoin): Promise<Known> {
  const { bootstrapToken, file, tlsBootstrapToken } = config.discovery
  if (file !== undefined) {
    const { kubeconfig, access } = await readDiscoveryFile({
      host,
      path: file.kubeConfigPath,
      ...given({ token: tlsBootstrapToken }),
      connect: given => kubeClient({ host, kubeconfig: given }),
    })
    const { server, caPem } = access
    const finish = (ca: string) =>
      tlsBootstrapToken === undefined
        ? bootstrapFromFile({ kubeconfig, access: { ...access, caPem: ca } })
        : bootstrapWith({ server, ca }, tlsBootstrapToken.reveal())
    return { server, finish, ...given({ ca: caPem }) }
  }
  const server = serverOfEndpoint(bootstrapToken?.apiServerEndpoint ?? '')
  const token = tlsBootstrapToken ?? bootstrapToken?.token ?? newBootstrapToken()
  const own = await readText(host, config.caCertPath)
  const ca = own !== undefined && fits(own, bootstrapToken?.caCertHashes ?? []) ? { ca: own } : {}
  return { server, ...ca, finish: found => bootstrapWith({ server, ca: found }, token.reveal()) }
}

/** A CA of an earlier join is used if it matches the hashes that the operator gave. */
function fits(ca: string, pins: readonly string[]): boolean {
  const wanted = pins.map(pin => pin.toLowerCase())
  return pins.length === 0 || parseCertificates(ca).some(found => wanted.includes(spkiHash(found)))
}

async function assume(join: DryJoin, { server, ca, finish }: Known): Promise<JoinSource> {
  const { host, config } = join
  const [version, sealedFor] = await Promise.all([readKubeletVersion(host), keyOfUpload(join)])
  const now = new Date()
  const made = ca === undefined || sealedFor !== undefined ? await makeTemporaryCa('kubernetes', now) : undefined
  const discovered: Discovered = { ...finish(made?.certificate ?? ca ?? ''), assumed: true }
  const objects = made === undefined || sealedFor === undefined ? [] : [await uploaded(made, sealedFor, now)]
  const chosen = version ?? releases.filter(({ deploys }) => deploys).at(-1)?.newest ?? ''
  const of = version === undefined ? 'the latest version that kadm supports' : 'the version of the kubelet on this host'
  const controlPlane = config.controlPlane !== undefined
  return {
    discovered,
    documents: assumedDocuments(chosen, endpointOf(server)),
    assumed: {
      objects,
      what: [
        ...(made === undefined ? [] : ["the cluster's CA: a temporary one for this dry run"]),
        ...(objects.length === 0 ? [] : ['the shared control plane certificates, as uploaded with your key']),
        `the cluster configuration: kubeadm's defaults for Kubernetes ${chosen}, ${of}`,
        "the kubelet configuration: kubeadm's defaults",
        'the Nodes of the cluster: none',
        ...(controlPlane ? ['the members of etcd: none'] : []),
      ],
    },
    release: async () => undefined,
  }
}

/**
 * Returns the key with which an upload must be assumed. A control plane that has the CA and its key from an earlier
 * join needs no upload.
 */
async function keyOfUpload({ host, source, config }: DryJoin): Promise<Secret | undefined> {
  const key = config.controlPlane?.certificateKey
  if (key === undefined || source !== undefined) return undefined
  return (await host.stat(pairOf(paths.defaultCertificatesDir, 'ca').key)) === undefined ? key : undefined
}

function endpointOf(server: string): string {
  const { hostname, port } = new URL(server)
  return `${hostname}:${port === '' ? '443' : port}`
}

async function uploaded(ca: Awaited<ReturnType<typeof makeTemporaryCa>>, key: Secret, now: Date): Promise<KubeObject> {
  const files = await makeTemporarySharedFiles(ca, now)
  const sealed = new Map([...files].map(([name, text]) => [name, seal(key, Buffer.from(text))]))
  return kubeadmCertsSecret(sealed, { name: 'assumed', uid: 'assumed' })
}
