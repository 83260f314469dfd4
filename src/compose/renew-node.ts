import { posix } from 'node:path'
import { kubeClient } from '../clients/kube/client.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { paths } from '../cluster/paths.ts'
import { completeRenew, type ParsedRenew } from '../config/certs-renew.ts'
import { parseStoredCluster, type StoredConfiguration } from '../config/stored-configuration.ts'
import { isAnswer, type KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readClusterConfiguration } from '../observe/cluster/cluster-documents.ts'
import { readLeftNode } from '../observe/left/left-node.ts'
import { componentUrl } from '../observe/machine/component-url.ts'
import { readFacts } from '../observe/machine/facts.ts'
import { readKubeletHealthFields } from '../observe/machine/kubelet-health-fields.ts'
import { readStaticPod, type StaticPod } from '../observe/machine/static-pod.ts'
import { readAccess } from '../observe/pki/access.ts'
import { readKubeconfig } from '../observe/pki/admin-conf.ts'
import { realClients } from './clients.ts'

/** Timeout in milliseconds. Certificates are also renewed while the cluster does not answer. */
const timeoutMs = 5000

/** Reads control plane hosts, and the configuration of their clusters unless --config gives it. */
export async function findRenewNodes(hosts: readonly HostReader[], parsed: ParsedRenew) {
  const found = await Promise.all(hosts.map(host => readRenewPlace(host, parsed)))
  // One API server that does not answer is a fault of its host. Without any, the health of components is not awaited.
  const silent = found.every(({ answers }) => !answers) ? { apiSilent: true as const } : {}
  return {
    targets: found.flatMap(({ place }) => {
      const { cluster, request } = completeRenew(parsed, { ...place, ...silent })
      return cluster.nodes.map(node => ({ cluster, node, request }))
    }),
    warnings: found.flatMap(({ warnings }) => warnings),
  }
}

async function readRenewPlace(host: HostReader, parsed: ParsedRenew) {
  const [facts, kubelet, left, apiserver, asked] = await Promise.all([
    readFacts(host),
    readKubeletHealthFields(host),
    readLeftNode(host, parsed.certificatesDir ?? paths.defaultCertificatesDir),
    readStaticPod(host, 'kube-apiserver'),
    parsed.config === undefined ? askConfiguration(host, parsed.kubeconfig) : nothingAsked,
  ])
  const clientCa = apiserver?.flags.get('client-ca-file')
  const place = {
    ...{ facts, kubelet },
    ...left,
    ...given({ stored: asked.stored?.config }),
    ...(clientCa === undefined ? {} : { certificatesDir: posix.dirname(clientCa) }),
  }
  const warnings = [
    ...(asked.stored?.warnings ?? []),
    ...(asked.error === undefined ? [] : [notRead(host, asked.error)]),
  ]
  return { place, warnings, answers: apiserver !== undefined && (await apiAnswers(host, apiserver)) }
}

/** True if the API server of the host is ready, or refuses to report that to an anonymous user. */
async function apiAnswers(host: HostReader, apiserver: StaticPod): Promise<boolean> {
  try {
    const { status } = await realClients.probe(host, componentUrl(apiserver, 'kube-apiserver'), '/readyz')
    return [200, 401, 403].includes(status)
  } catch (error) {
    if (!isAnswer(error)) throw error
    return false
  }
}

interface AskedConfiguration {
  readonly stored?: StoredConfiguration
  readonly error?: KadmError
}

const nothingAsked: AskedConfiguration = {}

async function askConfiguration(host: HostReader, path: string): Promise<AskedConfiguration> {
  try {
    const kubeconfig = await readAccess(host, await readKubeconfig(host, path))
    const kube = kubeClient({ host, kubeconfig, userAgent: `kadm/${kadmVersion}`, timeoutMs })
    const text = await readClusterConfiguration(kube).finally(() => kube.close())
    return { stored: parseStoredCluster(text) }
  } catch (error) {
    if (!isAnswer(error)) throw error
    return { error }
  }
}

function notRead(host: HostReader, { message }: KadmError): string {
  const what = 'the default configuration applies: RSA-2048 keys, and certificates that are valid for a year'
  return `${host.name}: the configuration of the cluster cannot be read (${message}); ${what}`
}
