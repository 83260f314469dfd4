import type { EtcdMember } from '../clients/etcd/etcd.ts'
import { kubeClient } from '../clients/kube/client.ts'
import { isApiSilent } from '../clients/kube/failure.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { paths } from '../cluster/paths.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { needsAll } from '../config/field/machine-needs.ts'
import { type CompletedReset, completeReset, type ParsedReset, type ResetTarget } from '../config/reset.ts'
import { parseStoredCluster } from '../config/stored-configuration.ts'
import { isAnswer } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readClusterConfiguration } from '../observe/cluster/cluster-documents.ts'
import { readEtcdData } from '../observe/etcd/data.ts'
import { readUsedDirs } from '../observe/etcd/own-etcd.ts'
import { readLeftNode } from '../observe/left/left-node.ts'
import { readFacts } from '../observe/machine/facts.ts'
import { readAccess } from '../observe/pki/access.ts'
import { readKubeconfig } from '../observe/pki/admin-conf.ts'
import { openEtcd } from './etcd.ts'

/** A host to reset, and what its cluster reports. */
export interface ResetNode extends CompletedReset {
  /** Names of all control planes that the cluster depends on; absent if the cluster did not answer. */
  readonly controlPlanes?: readonly string[]
  readonly warnings: readonly string[]
  /** The server that did not answer. */
  readonly unanswered?: string
}

/** Timeout in milliseconds. A load balancer that drops packets must not delay a reset. */
const timeoutMs = 5000

/**
 * Reads the host, and its cluster if the host has credentials. A cluster that does not answer is reported and is not an
 * error.
 */
export async function findResetNode(host: HostReader, parsed: ParsedReset, needs = needsAll): Promise<ResetNode> {
  if (!(await isRoot(host))) return unseen(host, parsed)
  const certificatesDir = parsed.config.certificatesDir ?? paths.defaultCertificatesDir
  const [facts, left, answer] = await Promise.all([
    readFacts(host),
    readLeftNode(host, certificatesDir),
    askCluster(host, parsed.kubeconfig),
  ])
  const { config, controlPlanes, warnings = [], unanswered } = answer
  const target: ResetTarget = { facts, ...left, ...given({ config }) }
  const completed = completeReset(parsed, target, needs)
  const etcdData = await readMemberDirs(host, completed.cluster, answer)
  return {
    ...(etcdData === undefined ? completed : completeReset(parsed, { ...target, etcdData }, needs)),
    ...given({ controlPlanes, unanswered }),
    warnings,
  }
}

/**
 * Returns the data directories of the running etcd, else those that the cluster reports if their data belong to one of
 * its members.
 */
async function readMemberDirs(host: HostReader, cluster: Cluster, { config, members = [] }: ClusterAnswer) {
  const used = await readUsedDirs(host, cluster)
  const dataDir = config?.etcd.local?.dataDir
  if (used !== undefined || dataDir === undefined || members.length === 0) return used
  const data = await readEtcdData(host, dataDir)
  return data.kind === 'member' && members.some(({ id }) => id === data.id) ? { dataDir } : undefined
}

async function isRoot(host: HostReader): Promise<boolean> {
  return (await host.query(['id', '-u'])).stdout.trim() === '0'
}

/** Without root little can be read; preflight then reports what is missing. */
async function unseen(host: HostReader, parsed: ParsedReset): Promise<ResetNode> {
  return { ...completeReset(parsed, { facts: await readFacts(host), role: 'worker' }, () => false), warnings: [] }
}

interface ClusterAnswer extends Pick<ResetTarget, 'config'> {
  readonly controlPlanes?: readonly string[]
  readonly members?: readonly EtcdMember[]
  readonly warnings?: readonly string[]
  readonly unanswered?: string
}

/**
 * Returns the voters of etcd if it runs on the control planes, because Nodes stay listed after their hosts are gone.
 * Otherwise returns the Nodes.
 */
async function controlPlanesOf(host: HostReader, kube: Kube, config: ClusterConfiguration): Promise<ClusterAnswer> {
  if (config.etcd.external === undefined) {
    const etcd = await openEtcd({ config, host, kube: async () => kube }).catch(orUnknown)
    const members = await etcd?.members().catch(orUnknown)
    etcd?.close()
    if (members !== undefined) {
      return { members, controlPlanes: members.filter(({ learner }) => !learner).map(({ name }) => name) }
    }
  }
  const labelSelector = 'node-role.kubernetes.io/control-plane'
  const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node', labelSelector })
  return { controlPlanes: nodes.map(node => node.metadata.name) }
}

function orUnknown(error: unknown): undefined {
  if (!isAnswer(error)) throw error
  return undefined
}

async function askCluster(host: HostReader, kubeconfigPath: string): Promise<ClusterAnswer> {
  if ((await host.stat(kubeconfigPath)) === undefined) return {}
  let kube: Kube | undefined
  try {
    const kubeconfig = await readAccess(host, await readKubeconfig(host, kubeconfigPath))
    kube = kubeClient({ host, kubeconfig, userAgent: `kadm/${kadmVersion}`, timeoutMs })
    const { config, warnings } = parseStoredCluster(await readClusterConfiguration(kube))
    return { config, warnings, ...(await controlPlanesOf(host, kube, config)) }
  } catch (error) {
    if (!isAnswer(error)) throw error
    const warnings = [`${host.name}: the cluster is not reachable: ${error.message}`]
    return { warnings, ...(kube !== undefined && isApiSilent(error) ? { unanswered: kube.server } : {}) }
  } finally {
    kube?.close()
  }
}
