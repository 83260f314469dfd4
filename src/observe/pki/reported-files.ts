import type { ReportedCertificate } from '../../cluster/certificate-report.ts'
import { given } from '../../cluster/given.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { certificateProblems } from '../../pki/certificate-problems.ts'
import { readText } from '../machine/read-text.ts'
import { attempt, keyState } from './reported-kubeconfig.ts'

/** The files of a certificate that is not in kubeadm's table. */
interface AskedFiles {
  readonly name: string
  readonly certificate: string
  readonly key: string
  /** The cluster CA, if it signed the certificate; its chain is verified only then. */
  readonly cas?: readonly Certificate[]
  readonly now: Date
}

/** Reads a certificate and its key; undefined if the certificate does not exist. */
export async function reportFiles(host: HostReader, asked: AskedFiles): Promise<ReportedCertificate | undefined> {
  const { name, certificate: from, key: keyPath, cas, now } = asked
  const [text, keyText] = await Promise.all([
    readText(host, from),
    keyPath === '' ? undefined : readText(host, keyPath),
  ])
  if (text === undefined) return undefined
  const row = { host: host.name, name, kind: 'other' as const, from, missing: false, externallyManaged: false }
  const judged = attempt(() => {
    const [leaf, ...intermediates] = parseCertificates(text, from)
    const key = { path: keyPath, state: keyState(leaf, keyText, keyPath) }
    const problems = certificateProblems(leaf, { intermediates, key, ...given({ cas }) }, now)
    const caName = cas === undefined ? leaf.issuer.commonName : 'ca'
    return { notAfter: leaf.notAfter, serial: leaf.serial, caName, problems }
  })
  return { ...row, ...(judged.value ?? { problems: [judged.problem] }) }
}
