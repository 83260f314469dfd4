import type { CertificateReport } from '../../../cluster/certificate-report.ts'
import { given } from '../../../cluster/given.ts'
import type { ClusterNode } from '../../../cluster/session.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import { specOf } from '../../../compose/node-spec.ts'
import { isAnswer, isTransportFailure } from '../../../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../../../host/host.ts'
import { parseHostSpec } from '../../../host/host-spec.ts'
import { readOnce } from '../../../host/read-once.ts'
import { readHostCertificates } from '../../../observe/cluster/host-certificates.ts'
import { type LeftNode, readLeftNode } from '../../../observe/left/left-node.ts'
import { readAhead } from '../../../observe/pki/read-ahead.ts'
import { warn } from '../../run/report.ts'
import { distinctHosts } from './distinct-hosts.ts'
import { type FoundCluster, findCluster } from './find-cluster.ts'
import type { CheckOptions } from './options.ts'
import type { AskedCheck } from './parse.ts'
import { connectEach, type UnreachedHost } from './reach.ts'
import { withoutRoleRows } from './result.ts'

export interface Checking {
  readonly asked: AskedCheck
  readonly options: CheckOptions
  readonly now: Date
  readonly signal: AbortSignal
}

export interface Gathered {
  readonly report: CertificateReport
  /** The report is about several hosts, also if some of them are not available. */
  readonly several: boolean
  readonly unreached: readonly UnreachedHost[]
}

/** A host, and what its files say about its node. */
interface Place {
  readonly host: HostReader
  readonly left: LeftNode | undefined
}

/** Reads the certificates of all hosts. Adds each connection to `opened`. Throws the error of a single host. */
export async function gatherCertificates(checking: Checking, opened: ConnectedHost[]): Promise<Gathered> {
  const { places, failed, config, known } = await findPlaces(checking, opened)
  const several = places.length + failed.length > 1
  const scope = { config, known, several, now: checking.now, served: checking.options.served }
  const checked = await Promise.all(places.map(place => checkHost(place, scope)))
  const unreached = [...failed, ...checked.filter(one => 'error' in one)]
  const [first] = unreached
  if (!several && first !== undefined) throw first.error
  const reports = checked.filter(one => 'certificates' in one)
  const silent = unreached.map(({ host, error }) => ({ host, message: error.message }))
  return {
    ...{ several, unreached },
    report: {
      certificates: reports.flatMap(({ certificates }) => certificates),
      silent: [...reports.flatMap(report => report.silent), ...silent],
    },
  }
}

/** Connects to the hosts of the command line, then to the Nodes that none of them is. Each host is there once. */
async function findPlaces({ asked, options, signal }: Checking, opened: ConnectedHost[]) {
  const named = await connectEach(options.host ?? [undefined], options, signal)
  opened.push(...named.hosts)
  const readers = named.hosts.map(host => readerOf(host, asked))
  const [cluster, { distinct: hosts, repeated }] = await Promise.all([
    readers.length === 0 ? undefined : findCluster(readers, asked, options),
    distinctHosts(readers),
  ])
  warn(repeated.map(({ host, like }) => `${nameOf(host)} and ${nameOf(like)} are the same host; it is listed once`))
  const config = configOf(asked, cluster)
  const places = await Promise.all(hosts.map(host => placeOf(host, config)))
  const away = (cluster?.nodes ?? []).filter(node => !places.some(place => isOn(node, place)))
  const specs = away.flatMap(node => specOf(node, options.host?.[0]) ?? [])
  const more = await connectEach(specs, options, signal)
  opened.push(...more.hosts)
  const others = more.hosts.map(host => readerOf(host, asked))
  const all = others.length === 0 ? hosts : (await distinctHosts([...hosts, ...others])).distinct
  const rest = await Promise.all(all.slice(hosts.length).map(host => placeOf(host, config)))
  return {
    places: [...places, ...rest],
    failed: [...named.unreached, ...more.unreached],
    config,
    known: !asked.fromCluster || cluster !== undefined,
  }
}

/** As in kubeadm, a file takes precedence over the cluster. */
function configOf({ config, certDir, fromCluster }: AskedCheck, cluster: FoundCluster | undefined) {
  const found = (fromCluster ? cluster?.config : undefined) ?? config
  return certDir === undefined ? found : { ...found, certificatesDir: certDir }
}

function nameOf({ spec }: HostReader): string {
  return spec ?? 'the host that kadm runs on'
}

/** Over SSH, what is usually read is read at once. */
function readerOf(connected: HostReader, { certDir, config }: AskedCheck): HostReader {
  const host = readOnce(connected)
  if (host.spec !== undefined) readAhead(host, certDir ?? config.certificatesDir)
  return host
}

async function placeOf(host: HostReader, { certificatesDir }: ClusterConfiguration): Promise<Place> {
  try {
    return { host, left: await readLeftNode(host, certificatesDir) }
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    return { host, left: undefined }
  }
}

/** True if the host is this Node: by the name in its files, or by the address that the operator gave. */
function isOn({ name, addresses }: ClusterNode, { host, left }: Place): boolean {
  return left?.name === name || (host.spec !== undefined && addresses.includes(parseHostSpec(host.spec).host))
}

interface Scope {
  readonly config: ClusterConfiguration
  /** The configuration is not the default one, so that names can be compared with it. */
  readonly known: boolean
  readonly several: boolean
  readonly now: Date
  readonly served: boolean
}

/** A host that is lost meanwhile, or has a file that cannot be read, does not hide the others. */
async function checkHost(
  { host, left }: Place,
  { known, several, ...scope }: Scope,
): Promise<CertificateReport | UnreachedHost> {
  const { name, advertiseAddress } = left ?? {}
  const node = known && name !== undefined && advertiseAddress !== undefined ? { name, advertiseAddress } : undefined
  try {
    const report = await readHostCertificates(host, { ...scope, ...given({ node }) })
    return several && left?.role === 'worker' ? withoutRoleRows(report) : report
  } catch (error) {
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    return { host: host.name, error }
  }
}
