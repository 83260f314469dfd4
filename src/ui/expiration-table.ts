import { byExpiration, type CertificateReport, type ReportedCertificate } from '../cluster/certificate-report.ts'
import { alignTabs, humanDuration } from './tab-writer.ts'

type Rows = readonly ReportedCertificate[]

/** The tables of `certs check-expiration` for one host: those of kubeadm, then what kadm adds, each only if not empty. */
export function hostTables({ certificates }: CertificateReport, now: Date): string {
  const of = (kind: ReportedCertificate['kind']) => certificates.filter(one => one.kind === kind)
  const [others, served] = [of('other'), of('served')]
  const tables = [
    alignTabs([managedHeader, ...of('managed').map(one => managedRow(one, now))]),
    alignTabs([caHeader, ...of('ca').map(one => caRow(one, now))]),
    others.length > 0 && alignTabs([otherHeader, ...others.map(one => otherRow(one, now))]),
    served.length > 0 && alignTabs([servedHeader, ...served.map(one => servedRow(one, now))]),
    problemTable(certificates, false),
  ]
  return tables.filter(Boolean).join('\n')
}

/** One table of all certificates of several hosts. What expires first is at the top. */
export function fleetTable({ certificates }: CertificateReport, now: Date): string {
  const rows = byExpiration(certificates).map(one => [one.host, ...fleetRow(one, now)])
  const table = alignTabs([['HOST', ...managedHeader.slice(0, 4), 'EXTERNALLY MANAGED', 'SERVED'], ...rows])
  return [table, problemTable(certificates, true)].filter(Boolean).join('\n')
}

const managedHeader = ['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED']
const caHeader = ['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED']
const otherHeader = ['OTHER CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'FILE']
const servedHeader = ['SERVER', 'EXPIRES', 'RESIDUAL TIME', 'ENDPOINT', 'ON DISK']

function managedRow(one: ReportedCertificate, now: Date): readonly string[] {
  if (one.notAfter === undefined) return [nameOf(one), '', '', '', '']
  return [one.name, ...timesOf(one.notAfter, now), one.caName ?? '', yesNo(one.externallyManaged)]
}

function caRow(one: ReportedCertificate, now: Date): readonly string[] {
  if (one.notAfter === undefined) return [nameOf(one), '', '', '']
  return [one.name, ...timesOf(one.notAfter, now), yesNo(one.externallyManaged)]
}

function otherRow(one: ReportedCertificate, now: Date): readonly string[] {
  if (one.notAfter === undefined) return [nameOf(one), '', '', '', one.from]
  return [one.name, ...timesOf(one.notAfter, now), one.caName ?? '', one.from]
}

const onDiskTexts = { same: 'the same', differs: 'another', memory: '-' } as const

function servedRow(one: ReportedCertificate, now: Date): readonly string[] {
  return [one.name, ...timesOf(one.notAfter ?? now, now), one.from, onDiskTexts[one.onDisk ?? 'memory']]
}

function fleetRow(one: ReportedCertificate, now: Date): readonly string[] {
  const served = one.kind === 'served' ? onDiskTexts[one.onDisk ?? 'memory'] : ''
  if (one.notAfter === undefined) return [nameOf(one), '', '', '', '', served]
  const name = one.kind === 'served' ? `${one.name} (served)` : one.name
  const external = one.kind === 'managed' || one.kind === 'ca' ? yesNo(one.externallyManaged).trim() : ''
  return [name, ...timesOf(one.notAfter, now), one.caName ?? '', external, served]
}

function problemTable(certificates: Rows, several: boolean): string {
  const rows = certificates.flatMap(one =>
    one.problems.map(problem => [...(several ? [one.host] : []), one.name, problem]),
  )
  if (rows.length === 0) return ''
  return alignTabs([[...(several ? ['HOST'] : []), 'CERTIFICATE', 'PROBLEM'], ...rows])
}

function nameOf({ name, missing }: ReportedCertificate): string {
  return `${missing ? '!MISSING!' : '!INVALID!'} ${name}`
}

function timesOf(notAfter: Date, now: Date): readonly [string, string] {
  return [showDate(notAfter), humanDuration(Math.trunc((notAfter.getTime() - now.getTime()) / 1000) * 1000)]
}

function yesNo(value: boolean): string {
  return (value ? 'yes' : 'no').padEnd(8)
}

/** `Nov 30, 2027 10:06 UTC` */
function showDate(date: Date): string {
  const [, day = '', month = '', year = '', hours = '', minutes = ''] =
    /^\w+, (\d+) (\w+) (\d+) (\d+):(\d+)/.exec(date.toUTCString()) ?? []
  return `${month} ${day}, ${year} ${hours}:${minutes} UTC`
}
