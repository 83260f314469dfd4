import type { CertificateReport } from '../../../cluster/certificate-report.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import { closeAll } from '../../../compose/machines.ts'
import { exitCodes } from '../../../errors/codes.ts'
import { isAnswer, isKadmError, isTransportFailure, KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../../../host/host.ts'
import { readHostCertificates } from '../../../observe/cluster/host-certificates.ts'
import { type LeftNode, readLeftNode } from '../../../observe/left/left-node.ts'
import { showError } from '../../report-error.ts'
import { onInterrupt } from '../../run/interrupt.ts'
import { progressReporter, warn } from '../../run/report.ts'
import type { CheckOptions } from './options.ts'
import { type AskedCheck, parseCheck } from './parse.ts'
import { connectEach, type FoundCluster, readCluster, specOf, type UnreachedHost } from './reach.ts'
import { expiring, presentCheck, withoutRoleRows } from './result.ts'

interface Checking {
  readonly asked: AskedCheck
  readonly options: CheckOptions
  readonly now: Date
  readonly signal: AbortSignal
}

interface Checked {
  readonly report: CertificateReport
  readonly several: boolean
  readonly unreached: readonly UnreachedHost[]
}

/** `kadm certs check-expiration`: changes nothing, and needs no API server except for --all-nodes. */
export async function runCheckExpiration(options: CheckOptions): Promise<number> {
  const now = new Date()
  const asked = parseCheck(options, now)
  warn(asked.warnings)
  const interrupt = onInterrupt()
  const opened: ConnectedHost[] = []
  try {
    const { report, several, unreached } = await check({ asked, options, now, signal: interrupt.signal }, opened)
    process.stdout.write(presentCheck(report, { format: options.output, several, now }))
    const reported = unreached.map(({ error }) => error.message)
    warn(
      report.silent.map(({ message }) => message),
      reported,
    )
    return exitCodeOf(report, unreached, { asked, options, now })
  } finally {
    interrupt.release()
    await closeAll(opened)
  }
}

/** The exit code of the gravest: a host that is not available, then a certificate that expires. */
function exitCodeOf(
  report: CertificateReport,
  unreached: readonly UnreachedHost[],
  { asked: { failWithin }, options, now }: Omit<Checking, 'signal'>,
): number {
  const [first, ...more] = unreached.map(({ error }) => error)
  if (first !== undefined) {
    const message = `${more.length + 1} hosts are not available`
    return showError(more.length === 0 ? first : new AggregateError([first, ...more], message), options)
  }
  if (failWithin === undefined) return 0
  return expiring(report, new Date(now.getTime() + failWithin)).length > 0 ? exitCodes.expiring : 0
}

async function check(checking: Checking, opened: ConnectedHost[]): Promise<Checked> {
  const { asked, options, signal } = checking
  const named = await connectEach(options.host ?? [undefined], options, signal)
  opened.push(...named.hosts)
  const [first] = named.unreached
  if (named.hosts.length === 0 && first !== undefined && named.unreached.length === 1) throw first.error
  const cluster = await findCluster(named.hosts, asked, options)
  const config = configOf(asked, cluster)
  const known = !asked.fromCluster || cluster !== undefined
  const lefts = await Promise.all(named.hosts.map(async host => ({ host, left: await leftOn(host, config) })))
  const names = lefts.map(({ left }) => left?.name)
  const others = (cluster?.nodes ?? []).filter(({ name }) => !names.includes(name))
  const specs = others.flatMap(node => specOf(node, options.host?.[0]) ?? [])
  const more = await connectEach(specs, options, signal)
  opened.push(...more.hosts)
  lefts.push(...(await Promise.all(more.hosts.map(async host => ({ host, left: await leftOn(host, config) })))))
  const unreached = [...named.unreached, ...more.unreached]
  const several = lefts.length + unreached.length > 1
  const scope = { config, known, several, now: checking.now }
  const reports = await Promise.all(lefts.map(({ host, left }) => checkHost(host, left, scope)))
  const silent = unreached.map(({ host, error }) => ({ host, message: error.message }))
  return {
    ...{ several, unreached },
    report: {
      certificates: reports.flatMap(({ certificates }) => certificates),
      silent: [...reports.flatMap(report => report.silent), ...silent],
    },
  }
}

/** As in kubeadm, the configuration of the cluster replaces the default one if the kubeconfig exists. */
async function findCluster(
  hosts: readonly HostReader[],
  { fromCluster, kubeconfig }: AskedCheck,
  options: CheckOptions,
): Promise<FoundCluster | undefined> {
  if (!fromCluster && options.allNodes !== true) return undefined
  const found = await Promise.all(hosts.map(host => host.stat(kubeconfig)))
  const candidates = hosts.filter((_, i) => found[i] !== undefined)
  if (candidates.length === 0 && options.allNodes !== true) return undefined
  const report = progressReporter(options, 'check-expiration')
  if (options.output === 'text') {
    report('Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
  }
  try {
    const cluster = await readCluster(
      candidates.length === 0 ? hosts : candidates,
      kubeconfig,
      options.allNodes === true,
    )
    warn(cluster.warnings)
    return cluster
  } catch (error) {
    if (options.allNodes === true && isKadmError(error)) throw noNodes(error)
    if (!isAnswer(error) && !isTransportFailure(error)) throw error
    report(`Error reading configuration from the Cluster. Falling back to default configuration: ${error.message}`)
    return undefined
  }
}

function noNodes(error: KadmError): KadmError {
  return new KadmError(error.code, `--all-nodes needs the Nodes of the cluster: ${error.message}`, {
    hint: 'name the hosts with --host instead: then no API server is needed',
    cause: error,
  })
}

function configOf({ config, certDir }: AskedCheck, cluster: FoundCluster | undefined): ClusterConfiguration {
  const found = cluster?.config ?? config
  return certDir === undefined ? found : { ...found, certificatesDir: certDir }
}

/** Returns what the files of a host say about its node; undefined if they cannot be read. */
async function leftOn(host: HostReader, { certificatesDir }: ClusterConfiguration): Promise<LeftNode | undefined> {
  try {
    return await readLeftNode(host, certificatesDir)
  } catch (error) {
    if (!isAnswer(error)) throw error
    return undefined
  }
}

async function checkHost(
  host: HostReader,
  left: LeftNode | undefined,
  {
    config,
    known,
    several,
    now,
  }: {
    readonly config: ClusterConfiguration
    readonly known: boolean
    readonly several: boolean
    readonly now: Date
  },
): Promise<CertificateReport> {
  const { name, advertiseAddress } = left ?? {}
  const node = known && name !== undefined && advertiseAddress !== undefined ? { name, advertiseAddress } : undefined
  const report = await readHostCertificates(host, { config, now, ...(node === undefined ? {} : { node }) })
  return several && left?.role === 'worker' ? withoutRoleRows(report) : report
}
