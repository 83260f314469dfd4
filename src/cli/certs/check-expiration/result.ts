import { byExpiration, type CertificateReport, type ReportedCertificate } from '../../../cluster/certificate-report.ts'
import type { JsonObject } from '../../../cluster/json.ts'
import { expirationMetrics } from '../../../ui/expiration-metrics.ts'
import { fleetTable, hostTables } from '../../../ui/expiration-table.ts'
import { wholeSeconds } from '../../../ui/token-table.ts'
import { outputVersion, printObjects } from '../../output-objects.ts'
import type { CheckOptions } from './options.ts'

interface Shown {
  readonly format: CheckOptions['output']
  readonly several: boolean
  readonly now: Date
}

/** Formats a report: kubeadm's tables or object with the additions of kadm, or metrics. */
export function presentCheck(report: CertificateReport, { format, several, now }: Shown): string {
  if (format === 'prometheus') return expirationMetrics(report, now)
  if (format === 'text') return several ? fleetTable(report, now) : hostTables(report, now)
  return printObjects([checkObject(report, several, now)], format)
}

/** The certificates that have no readable date, although they exist, or that expire before a time. */
export function expiring({ certificates }: CertificateReport, before: Date): readonly ReportedCertificate[] {
  return certificates.filter(({ notAfter, missing }) => (notAfter === undefined ? !missing : notAfter < before))
}

/** A worker has no certificates of the control plane: only those rows stay that exist on it. */
export function withoutRoleRows({ certificates, ...report }: CertificateReport): CertificateReport {
  const own = certificates.filter(({ missing }) => !missing)
  return { ...report, certificates: own.map(one => ({ ...one, externallyManaged: false })) }
}

/** kubeadm's object. Its lists and entries come first; entries have more keys, and lists of kadm follow. */
function checkObject({ certificates, silent }: CertificateReport, several: boolean, now: Date): JsonObject {
  const ordered = several ? byExpiration(certificates) : certificates
  const of = (kind: ReportedCertificate['kind']) =>
    ordered.filter(one => one.kind === kind).map(one => entryOf(one, now))
  return {
    kind: 'CertificateExpirationInfo',
    apiVersion: outputVersion,
    certificates: of('managed'),
    certificateAuthorities: of('ca'),
    otherCertificates: of('other'),
    servedCertificates: of('served'),
    silent: silent.map(({ host, message }) => ({ host, message })),
  }
}

function entryOf(one: ReportedCertificate, now: Date): JsonObject {
  const { name, notAfter, externallyManaged, caName, missing, host, from, problems, kind, onDisk } = one
  return {
    name,
    expirationDate: notAfter === undefined ? null : wholeSeconds(notAfter),
    residualTime: notAfter === undefined ? 0 : Math.trunc((notAfter.getTime() - now.getTime()) / 1000),
    externallyManaged,
    ...(caName === undefined ? {} : { caName }),
    missing,
    host,
    ...(kind === 'served' ? { endpoint: from, onDisk: onDisk ?? 'memory' } : { path: from }),
    problems,
  }
}
