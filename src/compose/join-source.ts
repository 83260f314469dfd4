import { kubeClient } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { secret } from '../cluster/secret.ts'
import type { Discovered } from '../cluster/session.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { type ClusterDocuments, readClusterDocuments } from '../observe/cluster/cluster-documents.ts'
import { type ReportProgress, reportedWait } from '../observe/cluster/cluster-wait.ts'
import { discoverByToken, type Trusted } from '../observe/cluster/discover.ts'
import { discoverByFile, type FoundByFile } from '../observe/cluster/discover-file.ts'
import { readClusterNodes } from '../observe/cluster/nodes.ts'
import { explainSilentEndpoint } from '../observe/cluster/silent-endpoint.ts'
import { readFacts } from '../observe/machine/facts.ts'
import { readAccess } from '../observe/pki/access.ts'
import { readCa, readKubeconfig } from '../observe/pki/admin-conf.ts'
import { makeTemporaryToken } from '../ops/temporary-token.ts'
import { makeUntil } from '../pipeline/until.ts'
import { newBootstrapToken, parseBootstrapToken } from '../pki/bootstrap-token.ts'
import { parseKubeconfig } from '../pki/kubeconfig.ts'
import { renderBootstrapKubeconfig, renderKubeconfig } from '../render/kubeconfig.ts'
import { dryAdapters } from './dry.ts'

/** What a join reads from its cluster, and how to release what was created for it. */
export interface JoinSource {
  readonly discovered: Discovered
  readonly documents: ClusterDocuments
  /** Assumptions of a dry run whose cluster does not answer, as text and as objects. */
  readonly assumed?: { readonly what: readonly string[]; readonly objects: readonly KubeObject[] }
  /** Removes the temporary token. `warn` receives what could not be removed. */
  release(warn: (text: string) => void): Promise<void>
}

const userAgent = `kadm/${kadmVersion}`
/** A dry run continues without a cluster, so it does not wait for one to start. */
const dryTimeoutMs = 5000
const adminConf = '/etc/kubernetes/admin.conf'

/**
 * Reads the cluster from a control plane over SSH: its admin.conf provides the CA and the endpoint, and creates a token
 * for this join. In a dry run the server validates the token without storing it.
 */
export async function sourceFromControlPlane(
  source: HostReader,
  { dryRun, timeoutMs = dryTimeoutMs }: Pick<JoinConfiguration, 'dryRun'> & { readonly timeoutMs?: number },
): Promise<JoinSource> {
  const access = await readAccess(source, await readKubeconfig(source, adminConf))
  const { server, caPem } = await readCa(source, adminConf)
  const options = { host: source, kubeconfig: access, userAgent, ...(dryRun ? { timeoutMs } : {}) }
  const kube = dryRun ? dryAdapters({ newCluster: false }).kube(options) : kubeClient(options)
  try {
    const [documents, members, facts] = await Promise.all([
      readClusterDocuments(kube),
      readClusterNodes(kube),
      readFacts(source),
    ])
    const made = await makeTemporaryToken(kube, newBootstrapToken(), new Date())
    const bootstrap = bootstrapWith({ server, ca: caPem }, made.token.reveal())
    const discovered = { ...bootstrap, source: facts, ...given({ members }) }
    return {
      discovered,
      documents,
      async release(warn) {
        const until = makeUntil(new AbortController().signal)
        await made.remove({ until, warn }).finally(() => kube.close())
      },
    }
  } catch (error) {
    kube.close()
    const open = (own: string) => kubeClient({ ...options, serverOverride: own })
    throw await explainSilentEndpoint(error, { source, server, open })
  }
}

/** A wait that can be interrupted and reports its progress. */
export interface Waiting {
  readonly signal: AbortSignal
  readonly report: ReportProgress
}

/** Reads the cluster from the joining node, by the token or file of the configuration. */
export async function sourceFromDiscovery(
  host: HostReader,
  config: DiscoveryConfig,
  waiting: Waiting,
): Promise<JoinSource> {
  return readSource(host, await discover(host, config, waiting), config, waiting)
}

export type DiscoveryConfig = Pick<JoinConfiguration, 'discovery' | 'timeouts' | 'dryRun'>

/** Reads the configuration and the Nodes of a cluster that was found. */
export async function readSource(
  host: HostReader,
  discovered: Discovered,
  config: DiscoveryConfig,
  { signal, report }: Waiting,
): Promise<JoinSource> {
  const kubeconfig = await readAccess(host, parseKubeconfig(discovered.bootstrapKubeconfig.reveal()))
  const kube = kubeClient({ host, kubeconfig, userAgent, ...limitOf(config) })
  try {
    const what = 'reading the configuration of the cluster'
    const [documents, members] = await makeUntil(signal)(
      what,
      reportedWait(what, report, () => Promise.all([readClusterDocuments(kube), readClusterNodes(kube)])),
      {
        timeoutMs: timeoutOf(config, config.timeouts.kubernetesAPICall),
        field: 'kubernetesAPICall',
        assume: [{ clusterConfiguration: '', kubelet: '' }, undefined],
      },
    )
    const found = members === undefined ? discovered : { ...discovered, members }
    return { discovered: found, documents, release: async () => undefined }
  } finally {
    kube.close()
  }
}

function timeoutOf({ dryRun }: DiscoveryConfig, timeoutMs: number): number {
  return dryRun ? Math.min(timeoutMs, dryTimeoutMs) : timeoutMs
}

/** Returns the timeout of one request. */
function limitOf({ dryRun }: DiscoveryConfig): { readonly timeoutMs?: number } {
  return dryRun ? { timeoutMs: dryTimeoutMs } : {}
}

/** Finds the cluster by token or file. Throws DISCOVERY_FAILED. */
export async function discover(
  host: HostReader,
  config: DiscoveryConfig,
  { signal, report }: Waiting,
): Promise<Discovered> {
  const { bootstrapToken, file, tlsBootstrapToken } = config.discovery
  const timeoutMs = timeoutOf(config, config.timeouts.discovery)
  if (file !== undefined) {
    const found = await discoverByFile({
      host,
      path: file.kubeConfigPath,
      ...given({ token: tlsBootstrapToken }),
      connect: access => kubeClient({ host, kubeconfig: access, userAgent, ...limitOf(config) }),
      until: makeUntil(signal),
      report,
      timeoutMs,
    })
    const { server, caPem } = found.access
    // A token in addition to the file results in kubeadm's own kubeconfig, because a file such as cluster-info has no
    // user.
    return tlsBootstrapToken === undefined
      ? bootstrapFromFile(found)
      : bootstrapWith({ server, ca: caPem }, tlsBootstrapToken.reveal())
  }
  if (bootstrapToken === undefined)
    throw new KadmError('INTERNAL', 'a join configuration without discovery was accepted')
  const { id, secret: half } = parseBootstrapToken(bootstrapToken.token)
  const trusted = await discoverByToken({
    endpoint: bootstrapToken.apiServerEndpoint,
    tokenId: id,
    tokenSecret: half.reveal(),
    pins: bootstrapToken.caCertHashes,
    connect: (server, trust) => connectTo(host, server, trust, limitOf(config)),
    until: makeUntil(signal),
    report,
    timeoutMs,
  })
  return bootstrapWith(trusted, (tlsBootstrapToken ?? bootstrapToken.token).reveal())
}

function connectTo(
  host: HostReader,
  server: string,
  trust: { readonly ca: string } | { readonly insecure: true },
  limit: { readonly timeoutMs?: number },
): Kube {
  const kubeconfig = 'ca' in trust ? { server, caPem: trust.ca } : { server }
  return kubeClient({ host, kubeconfig, insecure: 'insecure' in trust, userAgent, ...limit })
}

/** As in kubeadm, the names in the file stay. */
export function bootstrapFromFile({ kubeconfig, access }: FoundByFile): Discovered {
  const { clusterName, user, context } = kubeconfig
  const { server, caPem, token, clientCertPem, clientKeyPem } = access
  const names = { clusterName, server, caPem, user, ...(context === '' ? {} : { contextName: context }) }
  const text =
    token !== undefined
      ? renderKubeconfig({ ...names, token })
      : renderKubeconfig({ ...names, clientCertPem: clientCertPem ?? '', clientKeyPem: clientKeyPem ?? '' })
  return { server, ca: caPem, bootstrapKubeconfig: text }
}

export function bootstrapWith({ server, ca }: Trusted, token: string): Discovered {
  const text = renderBootstrapKubeconfig({ clusterName: 'kubernetes', server, caPem: ca, token: secret(token) })
  return { server, ca, bootstrapKubeconfig: text }
}
