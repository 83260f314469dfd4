import { kubeClient } from '../clients/kube/client.ts'
import { isApiSilent } from '../clients/kube/failure.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { paths } from '../cluster/paths.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import type { ClusterState, Unanswered } from '../cluster/state.ts'
import { needsAll } from '../config/field/machine-needs.ts'
import { type CompletedReset, completeReset, type ParsedReset, type ResetTarget } from '../config/reset.ts'
import { isAnswer } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { observeState } from '../observe/cluster/observe-state.ts'
import { readEtcdData } from '../observe/etcd/data.ts'
import { readUsedDirs } from '../observe/etcd/own-etcd.ts'
import { readLeftNode } from '../observe/left/left-node.ts'
import { readFacts } from '../observe/machine/facts.ts'
import { readAccess } from '../observe/pki/access.ts'
import { readKubeconfig } from '../observe/pki/admin-conf.ts'
import { openEtcd } from './etcd.ts'

/** A host to reset, and what its cluster reports. */
export interface ResetNode extends CompletedReset {
  readonly state: ClusterState
  readonly warnings: readonly string[]
  /** The URL of an API server that did not answer. */
  readonly silentServer?: string
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
  const [facts, left, state] = await Promise.all([
    readFacts(host),
    readLeftNode(host, certificatesDir),
    askCluster(host, parsed.kubeconfig),
  ])
  const target: ResetTarget = { facts, ...left, ...given({ config: state.stored }) }
  const completed = completeReset(parsed, target, needs)
  const etcdData = await readMemberDirs(host, completed.cluster, state)
  const unknown = unknownCluster(state)
  const silent = unknown !== undefined && isApiSilent(unknown.error)
  return {
    ...(etcdData === undefined ? completed : completeReset(parsed, { ...target, etcdData }, needs)),
    state,
    warnings: [
      ...(state.warnings ?? []),
      ...(unknown === undefined ? [] : [`${host.name}: the cluster is not reachable: ${unknown.error.message}`]),
    ],
    ...given({ silentServer: silent ? unknown.from : undefined }),
  }
}

/**
 * Returns the data directories of the running etcd, else those that the cluster reports if their data belong to one of
 * its members.
 */
async function readMemberDirs(host: HostReader, cluster: Cluster, { stored, etcd: members = [] }: ClusterState) {
  const used = await readUsedDirs(host, cluster)
  const dataDir = stored?.etcd.local?.dataDir
  if (used !== undefined || dataDir === undefined || members.length === 0) return used
  const data = await readEtcdData(host, dataDir)
  return data.kind === 'member' && members.some(({ id }) => id === data.id) ? { dataDir } : undefined
}

async function isRoot(host: HostReader): Promise<boolean> {
  return (await host.query(['id', '-u'])).stdout.trim() === '0'
}

/** Without root little can be read; preflight then reports what is missing. */
async function unseen(host: HostReader, parsed: ParsedReset): Promise<ResetNode> {
  return {
    ...completeReset(parsed, { facts: await readFacts(host), role: 'worker' }, () => false),
    state: {},
    warnings: [],
  }
}

/** Reads the state of the cluster with the credentials of the host. No answer is part of the state. */
async function askCluster(host: HostReader, kubeconfigPath: string): Promise<ClusterState> {
  if ((await host.stat(kubeconfigPath)) === undefined) return {}
  let kube: Kube
  try {
    const kubeconfig = await readAccess(host, await readKubeconfig(host, kubeconfigPath))
    kube = kubeClient({ host, kubeconfig, userAgent: `kadm/${kadmVersion}`, timeoutMs })
  } catch (error) {
    if (!isAnswer(error)) throw error
    return { unanswered: [{ part: 'stored', from: kubeconfigPath, error }] }
  }
  const etcd = (config: ClusterConfiguration) => openEtcd({ config, host, kube: async () => kube })
  return observeState({ api: { kube, openEtcd: etcd, memberHealth: false } }).finally(() => kube.close())
}

/** Returns why the cluster is unknown. The Nodes are not needed if etcd names the control planes. */
function unknownCluster({ unanswered = [], controlPlanes }: ClusterState): Unanswered | undefined {
  const missing = unanswered.find(({ part }) => part === 'stored')
  return missing ?? (controlPlanes === undefined ? unanswered.find(({ part }) => part === 'nodes') : undefined)
}
