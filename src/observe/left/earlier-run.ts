import type { Cluster, ControlPlaneNode, Node } from '../../cluster/cluster.ts'
import { kubeletPorts, staticPodComponents } from '../../cluster/components.ts'
import { pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { periodFault } from '../../pki/verify.ts'
import { timeOn } from '../machine/clock.ts'
import { kubeletListens } from '../machine/listens.ts'
import { parseStaticPod } from '../machine/static-pod.ts'
import { type EarlierRun, nothingEarlier } from './earlier.ts'
import { judgeManifests } from './earlier-manifests.ts'
import { kubeletConf, type LeftFiles, readLeftFiles } from './left-files.ts'

/** Returns the files that judgeEarlierInit reads. */
export function initTraces(cluster: Cluster): readonly string[] {
  return [
    pairOf(cluster.config.certificatesDir, 'ca').certificate,
    kubeletConf,
    ...staticPodComponents.map(paths.manifest),
  ]
}

/** Init can continue if the existing files have the same CA, node and version. */
export function judgeEarlierInit(left: LeftFiles, cluster: Cluster, node: ControlPlaneNode): EarlierRun {
  const caFile = pairOf(cluster.config.certificatesDir, 'ca').certificate
  const ca = left.texts.get(caFile)
  const manifests = initTraces(cluster)
    .slice(2)
    .filter(path => left.texts.has(path))
  if (ca === undefined) {
    return { ...nothingEarlier, doubts: manifests.length === 0 ? [] : [`${caFile} is missing`] }
  }
  const etcd = parseStaticPod(left.texts.get(paths.manifest('etcd')) ?? '')
  if (etcd?.flags.get('initial-cluster-state') === 'existing') {
    return { ...nothingEarlier, doubts: ['its etcd joined the one of an existing cluster, as `kadm join` does'] }
  }
  const kubelet = judgeKubelet(left, ca, node.name)
  const judged = judgeManifests(left.texts, cluster, node, kubelet.ours)
  const doubts = [...kubelet.doubts, ...judged.doubts]
  if (!kubelet.ours) return { ...judged, doubts }
  return { paths: judged.paths, ports: new Set([...judged.ports, ...portsOfKubelet(cluster, node)]), doubts }
}

/** Returns the files that judgeEarlierJoin reads for a worker. */
export function joinTraces(caCertPath: string): readonly string[] {
  return [caCertPath, kubeletConf, paths.bootstrapKubeconfig]
}

/** The joining node, and the CA of its cluster. */
export interface JoinTarget {
  /** PEM. */
  readonly ca: string
  /** The path of the CA on a worker. */
  readonly caCertPath: string
  readonly cluster: Cluster
  readonly node: Node
}

/** A worker can continue if the files trust the cluster's CA and the kubelet's credentials are for this node. */
export function judgeEarlierJoin(left: LeftFiles, { ca, caCertPath, cluster, node }: JoinTarget): EarlierRun {
  const ours = new Set<string>()
  const foreign = (path: string): string => `${path} trusts another cluster`
  const doubts: string[] = []
  const caLeft = left.texts.get(caCertPath)
  if (caLeft !== undefined) trusts(caLeft, ca) ? ours.add(caCertPath) : doubts.push(foreign(caCertPath))
  const bootstrap = left.texts.get(paths.bootstrapKubeconfig)
  if (bootstrap !== undefined) {
    if (trusts(caOf(left, bootstrap), ca)) ours.add(paths.bootstrapKubeconfig)
    else doubts.push(foreign(paths.bootstrapKubeconfig))
  }
  const kubelet = asksForCertificate(left, ca) ? { ours: true, doubts: [] } : judgeKubelet(left, ca, node.name)
  if (kubelet.ours) ours.add(kubeletConf)
  const started = kubelet.ours || ours.has(paths.bootstrapKubeconfig)
  return {
    paths: ours,
    ports: new Set(started ? portsOfKubelet(cluster, node) : []),
    doubts: [...doubts, ...kubelet.doubts],
  }
}

/** True if the kubelet of this host has a valid certificate of this node from this cluster. */
export function holdsCertificate(left: LeftFiles, ca: string, node: Node, now: Date): boolean {
  if (!judgeKubelet(left, ca, node.name).ours) return false
  const certificate = certificateOf(left, left.texts.get(kubeletConf) ?? '')
  return certificate !== undefined && periodFault(certificate, now) === undefined
}

/** A kubelet writes the path of its certificate into kubelet.conf before the cluster issues it. */
function asksForCertificate(left: LeftFiles, ca: string): boolean {
  const text = left.texts.get(kubeletConf)
  return text !== undefined && left.kubeletCertificate === '' && trusts(caOf(left, text), ca)
}

/** Returns the files that judgeEarlierControlPlaneJoin reads. */
export function joinControlPlaneTraces(cluster: Cluster, caCertPath: string): readonly string[] {
  return [...new Set([...joinTraces(caCertPath), ...initTraces(cluster)])]
}

/** Like `judgeEarlierJoin`. Static pods count if the CA on the host is the cluster's and they are for this node. */
export function judgeEarlierControlPlaneJoin(
  left: LeftFiles,
  target: JoinTarget & { readonly node: ControlPlaneNode },
): EarlierRun {
  const { ca, cluster, node } = target
  const joined = judgeEarlierJoin(left, target)
  const caFile = pairOf(cluster.config.certificatesDir, 'ca').certificate
  const caLeft = left.texts.get(caFile)
  if (caLeft === undefined || !trusts(caLeft, ca)) return joined
  const judged = judgeManifests(left.texts, cluster, node, joined.paths.has(kubeletConf))
  return {
    paths: new Set([...joined.paths, ...judged.paths]),
    ports: new Set([...joined.ports, ...judged.ports]),
    doubts: [...joined.doubts, ...judged.doubts],
  }
}

/** The first port is always that of a kubelet of this cluster, wherever it listens. */
function portsOfKubelet(cluster: Cluster, node: Node): readonly number[] {
  return [kubeletPorts.api, ...kubeletListens(cluster, node).map(({ port }) => port)]
}

function judgeKubelet(
  left: LeftFiles,
  ca: string,
  name: string,
): { readonly ours: boolean; readonly doubts: readonly string[] } {
  const text = left.texts.get(kubeletConf)
  if (text === undefined) return { ours: false, doubts: [] }
  if (!trusts(caOf(left, text), ca)) return { ours: false, doubts: [`${kubeletConf} trusts another cluster`] }
  const user = `system:node:${name}`
  if (certificateOf(left, text)?.subject.commonName === user) return { ours: true, doubts: [] }
  return { ours: false, doubts: [`${kubeletConf} has no certificate of ${user}`] }
}

function caOf(left: LeftFiles, kubeconfig: string): string {
  const parsed = attempt(() => parseKubeconfig(kubeconfig))
  return parsed?.caPem ?? left.texts.get(parsed?.caFile ?? '') ?? ''
}

/** Returns the client certificate of a kubeconfig; a certificate contains more than the name of a user. */
function certificateOf(left: LeftFiles, kubeconfig: string): Certificate | undefined {
  const pem = attempt(() => parseKubeconfig(kubeconfig))?.clientCertPem ?? left.kubeletCertificate
  return pem === undefined ? undefined : attempt(() => parseCertificate(pem))
}

/** True if every CA of the first bundle is in the second. */
function trusts(bundle: string, ca: string): boolean {
  const known = attempt(() => parseCertificates(ca).map(certificate => certificate.pem)) ?? []
  const trusted = attempt(() => parseCertificates(bundle).map(certificate => certificate.pem)) ?? []
  return trusted.length > 0 && trusted.every(pem => known.includes(pem))
}

/** A file that cannot be read does not belong to this cluster, whatever its error. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** True if the kubelet of this host has credentials of this node in this cluster, valid by the host's clock. */
export async function hasJoined(
  host: HostReader,
  { ca, caCertPath, node }: Omit<JoinTarget, 'cluster'>,
): Promise<boolean> {
  const left = await readLeftFiles(host, joinTraces(caCertPath))
  return holdsCertificate(left, ca, node, timeOn(node))
}
