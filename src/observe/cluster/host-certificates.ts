import type { CertificateReport, ReportedCertificate, SilentPart } from '../../cluster/certificate-report.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import type { ServedCertificate, TlsServer } from '../../cluster/state.ts'
import type { HostReader } from '../../host/host.ts'
import type { NamedNode } from '../../pki/cert-sans.ts'
import { configuredSans, readManagedCertificates } from '../pki/managed-certificates.ts'
import { readOtherCertificates } from '../pki/other-certificates.ts'
import { readServerFiles } from '../pki/server-files.ts'
import { type FoundServed, readServedCertificates } from './served-certificates.ts'

export interface HostCheck {
  readonly config: ClusterConfiguration
  /** The node, if its name, address and configuration are known: its certificates are then compared with them. */
  readonly node?: NamedNode
  readonly now: Date
  /** False: read only files. */
  readonly served?: boolean
}

const nothingServed: FoundServed = { served: [], unanswered: [] }

/** Reads every certificate of a host, in its files and as its servers present them. Needs no API server. */
export async function readHostCertificates(
  host: HostReader,
  { config, node, now, served: asks = true }: HostCheck,
): Promise<CertificateReport> {
  const scope = { config, now, ...(node === undefined ? {} : { sansOf: configuredSans(config, node) }) }
  const [served, managed] = await Promise.all([
    asks ? readServedCertificates(host) : nothingServed,
    readManagedCertificates(host, scope),
  ])
  const [others, servers] = await Promise.all([
    readOtherCertificates(host, { cas: managed.cas.get('ca') ?? [], now }),
    readServerFiles(host, managed.rows, now),
  ])
  const files = [...managed.rows, ...others, ...servers.rows]
  const fileOf = (server: TlsServer) =>
    files.find(({ from, name }) =>
      server === 'kubelet' ? name === 'kubelet-server' : from === servers.paths.get(server),
    )
  return {
    certificates: [...files, ...served.served.map(one => reportServed(one, fileOf(one.server), now))],
    silent: served.unanswered.map(({ error }): SilentPart => ({ host: host.name, message: error.message })),
  }
}

/** `file` is the row of the server's file; a server without one makes a certificate in memory when it starts. */
function reportServed(
  { host, server, endpoint, notAfter, serial, issuer }: ServedCertificate,
  file: ReportedCertificate | undefined,
  now: Date,
): ReportedCertificate {
  const onDisk = file?.serial === undefined ? 'memory' : file.serial === serial ? 'same' : 'differs'
  const problems = [
    ...(now > notAfter ? [`presents a certificate that expired on ${notAfter.toISOString()}`] : []),
    ...(onDisk === 'differs' ? [`presents another certificate than ${file?.from}: restart it to use the file`] : []),
  ]
  const row = { host, name: server, kind: 'served' as const, from: endpoint, missing: false, externallyManaged: false }
  return { ...row, notAfter, serial, caName: issuer.commonName, problems, onDisk }
}
