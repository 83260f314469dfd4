import { byExpiration, type ReportedCertificate } from '../../../cluster/certificate-report.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'

const check = 'CertificateExpiration'
const day = 86_400_000
/** An upgrade is a good time to renew what expires within this time. */
const soonMs = 30 * day

/** Returns the certificates of hosts that have expired or expire soon. */
export function findExpiringCertificates(
  certificates: readonly ReportedCertificate[],
  now: Date,
): readonly UpgradeFinding[] {
  return byExpiration(certificates).flatMap(({ host, name, kind, notAfter }) => {
    const left = notAfter === undefined ? undefined : notAfter.getTime() - now.getTime()
    if (left === undefined || left > soonMs || kind === 'served') return []
    const date = notAfter?.toISOString().slice(0, 10)
    const when = left < 0 ? `expired on ${date}` : `expires on ${date}, in ${Math.floor(left / day)} days`
    return [finding(kind === 'ca' ? `the CA ${name} on ${host} ${when}` : `${name} on ${host} ${when}`, kind)]
  })
}

function finding(message: string, kind: ReportedCertificate['kind']): UpgradeFinding {
  const remedy =
    kind === 'ca'
      ? 'rotate the CA before the upgrade: an upgrade does not renew it'
      : 'renew it with `kadm certs renew all`; `kadm certs check-expiration` shows all certificates'
  return { check, level: 'warning', message, remedy }
}
