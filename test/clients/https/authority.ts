import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { parseCertificate } from '../../../src/pki/certificate.ts'
import { type CertificateRequest, issueCertificate } from '../../../src/pki/issue.ts'

export interface Issued {
  readonly cert: string
  readonly key: string
}

/** Days from now. */
type Validity = readonly [from: number, to: number]

export interface IssueOptions {
  readonly ips?: readonly string[]
  readonly dns?: readonly string[]
  readonly days?: Validity
  readonly algorithm?: 'rsa' | 'ec'
}

export interface Authority extends Issued {
  issue(name: string, opts?: IssueOptions): Issued
}

/** A CA for one test file. */
export function authority(name = 'test-ca'): Authority {
  const key = newKey('rsa')
  const ca = issued({ name, key, days: [-1, 1], more: { ca: true } })
  const issuer = { certificate: parseCertificate(ca.cert), key }
  return {
    ...ca,
    issue(subject, { ips = [], dns = [], days = [-1, 1] as Validity, algorithm = 'rsa' } = {}) {
      return issued({ name: subject, key: newKey(algorithm), days, more: { issuer, sans: { dns, ips } } })
    },
  }
}

interface Wanted {
  readonly name: string
  readonly key: KeyObject
  readonly days: Validity
  readonly more: Partial<CertificateRequest>
}

function issued({ name, key, days, more }: Wanted): Issued {
  const cert = issueCertificate({
    subject: { commonName: name, organizations: [] },
    usages: ['serverAuth', 'clientAuth'],
    sans: { dns: [], ips: [] },
    ca: false,
    key,
    notBefore: inDays(days[0]),
    notAfter: inDays(days[1]),
    ...more,
  })
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function newKey(algorithm: 'rsa' | 'ec'): KeyObject {
  const options = { modulusLength: 2048, namedCurve: 'P-256' }
  const pair = algorithm === 'rsa' ? generateKeyPairSync('rsa', options) : generateKeyPairSync('ec', options)
  return pair.privateKey
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * 864e5)
}
