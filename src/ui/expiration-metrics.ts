import type { CertificateReport, ReportedCertificate } from '../cluster/certificate-report.ts'

/** The report as metrics in the Prometheus text format, for the textfile collector of the node exporter. */
export function expirationMetrics({ certificates, silent }: CertificateReport, now: Date): string {
  const dated = certificates.filter(({ notAfter }) => notAfter !== undefined)
  const silentHosts = [...new Set(silent.map(({ host }) => host))]
  return [
    metric('kadm_certificate_expiration_timestamp_seconds', 'Time at which the certificate expires.', [
      ...dated.map(one => [labelsOf(one), seconds(one.notAfter ?? now)] as const),
    ]),
    metric('kadm_certificate_missing', 'Whether the file of a certificate of the control plane does not exist.', [
      ...certificates
        .filter(({ kind }) => kind === 'managed' || kind === 'ca')
        .map(one => [labelsOf(one), one.missing ? 1 : 0] as const),
    ]),
    metric('kadm_certificate_problems', 'Number of problems of the certificate.', [
      ...certificates.map(one => [labelsOf(one), one.problems.length] as const),
    ]),
    metric('kadm_certificate_check_silent_parts', 'Number of hosts and servers that did not answer.', [
      ...silentHosts.map(host => [labels({ host }), silent.filter(one => one.host === host).length] as const),
    ]),
    metric('kadm_certificate_check_timestamp_seconds', 'Time of the check.', [['', seconds(now)]]),
  ].join('')
}

function metric(name: string, help: string, samples: readonly (readonly [labels: string, value: number])[]): string {
  const lines = samples.map(([shown, value]) => `${name}${shown} ${value}\n`)
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}

function labelsOf({ host, name, kind, from, caName = '' }: ReportedCertificate): string {
  return labels({ host, certificate: name, source: kind === 'served' ? 'server' : 'file', location: from, ca: caName })
}

/** Escapes as the text format requires. */
function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
