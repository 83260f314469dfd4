import { kubeClient } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import { completeReset, type ParsedReset, type ResetTarget } from '../config/reset.ts'
import { parseStoredCluster } from '../config/stored-configuration.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readAccess } from '../observe/access.ts'
import { readKubeconfig } from '../observe/admin-conf.ts'
import { readClusterConfiguration } from '../observe/cluster-documents.ts'
import { readFacts } from '../observe/facts.ts'
import { readLeftNode } from '../observe/left-node.ts'
import { kadmVersion } from './version.ts'

/** A machine that is to be reset, and what its cluster says. */
export interface ResetNode {
  readonly cluster: Cluster
  /** Names of all control planes of its cluster; absent when the cluster could not be asked. */
  readonly controlPlanes?: readonly string[]
  readonly warnings: readonly string[]
}

/** A load balancer that drops packets must not hold up a reset. */
const timeoutMs = 5000

/** Looks at the machine, and asks its cluster when it has credentials; a cluster that does not answer is told, not an error. */
export async function findResetNode(host: HostReader, parsed: ParsedReset): Promise<ResetNode> {
  const certificatesDir = parsed.config.certificatesDir ?? paths.defaultCertificatesDir
  const [facts, left, told] = await Promise.all([
    readFacts(host),
    readLeftNode(host, certificatesDir),
    askCluster(host, parsed.kubeconfig),
  ])
  const { config, controlPlanes, warnings = [] } = told
  const target: ResetTarget = { facts, ...left, ...(config === undefined ? {} : { config }) }
  return {
    cluster: completeReset(parsed, target),
    ...(controlPlanes === undefined ? {} : { controlPlanes }),
    warnings,
  }
}

interface Told extends Pick<ResetTarget, 'config'> {
  readonly controlPlanes?: readonly string[]
  readonly warnings?: readonly string[]
}

async function askCluster(host: HostReader, kubeconfigPath: string): Promise<Told> {
  if ((await host.stat(kubeconfigPath)) === undefined) return {}
  let kube: Kube | undefined
  try {
    const kubeconfig = await readAccess(host, await readKubeconfig(host, kubeconfigPath))
    kube = kubeClient({ host, kubeconfig, userAgent: `kadm/${kadmVersion}`, timeoutMs })
    const labelSelector = 'node-role.kubernetes.io/control-plane'
    const [text, nodes] = await Promise.all([
      readClusterConfiguration(kube),
      kube.list({ apiVersion: 'v1', kind: 'Node', labelSelector }),
    ])
    const { config, warnings } = parseStoredCluster(text)
    return { config, warnings, controlPlanes: nodes.map(node => node.metadata.name) }
  } catch (error) {
    if (!isKadmError(error) || error.code === 'HOST_UNREACHABLE') throw error
    return { warnings: [`${host.name}: the cluster could not be asked: ${error.message}`] }
  } finally {
    kube?.close()
  }
}
