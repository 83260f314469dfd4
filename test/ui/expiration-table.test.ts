import { describe, expect, it } from 'vitest'
import type { CertificateReport, ReportedCertificate } from '../../src/cluster/certificate-report.ts'
import { expirationMetrics } from '../../src/ui/expiration-metrics.ts'
import { fleetTable } from '../../src/ui/expiration-table.ts'
import { humanDuration } from '../../src/ui/tab-writer.ts'

const second = 1000
const [minute, hour, day] = [60 * second, 3600 * second, 86_400 * second]

describe('the residual time', () => {
  it.each([
    [-1.5 * second, '0s'],
    [-2 * second, '<invalid>'],
    [0, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [10 * minute - second, '9m59s'],
    [10 * minute, '10m'],
    [3 * hour - second, '179m'],
    [3 * hour, '3h'],
    [8 * hour - minute, '7h59m'],
    [48 * hour - second, '47h'],
    [48 * hour, '2d'],
    [8 * day - hour, '7d23h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [731 * day, '2y1d'],
    [8 * 365 * day - day, '7y364d'],
    [3649 * day, '9y'],
  ])('%i ms is written as %s, as kubeadm writes it', (ms, text) => {
    expect(humanDuration(ms)).toBe(text)
  })
})

const now = new Date('2026-11-30T10:00:00Z')
const row = (host: string, name: string, days: number | undefined, more: Partial<ReportedCertificate> = {}) => ({
  ...{ host, name, kind: 'managed' as const, from: `/etc/kubernetes/pki/${name}.crt`, missing: days === undefined },
  ...{ externallyManaged: false, problems: [], ...(days === undefined ? {} : { caName: 'ca' }) },
  ...(days === undefined ? {} : { notAfter: new Date(now.getTime() + days * day) }),
  ...more,
})
const report: CertificateReport = {
  certificates: [
    row('cp1', 'ca', 3650, { kind: 'ca' }),
    row('cp1', 'apiserver', 300, { problems: ['does not belong to the key in "a\\b"'] }),
    row('cp1', 'admin.conf', undefined),
    row('cp1', 'kube-apiserver', 2, { kind: 'served', from: 'https://10.0.0.1:6443', onDisk: 'differs' }),
    row('w1', 'kubelet-client', 20, { kind: 'other' }),
    row('w1', 'kubelet', -3, { kind: 'served', from: 'https://127.0.0.1:10250', onDisk: 'memory' }),
  ],
  silent: [{ host: 'w2', message: 'cannot reach w2' }],
}

it('the table of several hosts is sorted by expiration and ends with the problems', () => {
  expect(fleetTable(report, now).replace(/ +$/gm, '')).toBe(`\
HOST      CERTIFICATE               EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED   SERVED
w1        kubelet (served)          Nov 27, 2026 10:00 UTC   <invalid>       ca                                           -
cp1       kube-apiserver (served)   Dec 02, 2026 10:00 UTC   2d              ca                                           another
w1        kubelet-client            Dec 20, 2026 10:00 UTC   20d             ca
cp1       apiserver                 Sep 26, 2027 10:00 UTC   300d            ca                      no
cp1       ca                        Nov 27, 2036 10:00 UTC   10y             ca                      no
cp1       !MISSING! admin.conf

HOST      CERTIFICATE   PROBLEM
cp1       apiserver     does not belong to the key in "a\\b"
`)
})

describe('the metrics of certificates', () => {
  const text = expirationMetrics(report, now)

  it('the metrics have the expiration of each certificate, whether it is missing, and its number of problems', () => {
    expect(text).toContain(
      'kadm_certificate_expiration_timestamp_seconds{host="cp1",certificate="kube-apiserver",source="server",location="https://10.0.0.1:6443",ca="ca"} 1796205600\n',
    )
    expect(text).toMatch(/^kadm_certificate_missing\{host="cp1",certificate="admin\.conf",.*\} 1$/m)
    expect(text).toMatch(/^kadm_certificate_problems\{host="cp1",certificate="apiserver",.*\} 1$/m)
    expect(text).toMatch(/^kadm_certificate_check_silent_parts\{host="w2"\} 1$/m)
    expect(text).toMatch(/^kadm_certificate_check_timestamp_seconds 1796032800$/m)
  })

  it('each metric has one HELP and one TYPE line before its samples, and each sample has its own labels', () => {
    const lines = text.trimEnd().split('\n')
    const samples = lines.filter(line => !line.startsWith('#')).map(line => line.replace(/ \S+$/, ''))
    expect(new Set(samples).size).toBe(samples.length)
    const names = [...new Set(samples.map(line => line.replace(/\{.*/, '')))]
    for (const name of names) {
      const at = lines.findIndex(line => line.startsWith(name))
      expect([lines[at - 2], lines[at - 1]]).toEqual([
        expect.stringContaining(`# HELP ${name} `),
        `# TYPE ${name} gauge`,
      ])
    }
    for (const line of samples) expect(line).toMatch(/^[a-z_]+(\{([a-z]+="([^"\\\n]|\\[\\"n])*",?)+\})?$/)
  })

  it('the values of labels are escaped as the text format requires', () => {
    const odd = { certificates: [row('a"b\\c\nd', 'x', 1)], silent: [] }
    expect(expirationMetrics(odd, now)).toContain(String.raw`host="a\"b\\c\nd"`)
  })
})
