import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface Issued {
  readonly cert: string
  readonly key: string
}

/** Days from now. */
type Validity = readonly [from: number, to: number]

export interface Authority extends Issued {
  issue(
    name: string,
    opts?: {
      readonly ips?: readonly string[]
      readonly dns?: readonly string[]
      readonly days?: Validity
    },
  ): Issued
}

/** A CA made for one test file; `days` is the validity relative to now. */
export function authority(name = 'test-ca'): Authority {
  const key = newKey()
  const cert = forge.pki.createCertificate()
  fill(cert, name, name, [-1, 1], key)
  cert.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }])
  cert.sign(key.private, forge.md.sha256.create())
  return {
    ...pem(cert, key),
    issue(subject, { ips = [], dns = [], days = [-1, 1] as Validity } = {}) {
      const leafKey = newKey()
      const leaf = forge.pki.createCertificate()
      fill(leaf, subject, name, days, leafKey)
      const altNames = [...dns.map(value => ({ type: 2, value })), ...ips.map(ip => ({ type: 7, ip }))]
      if (altNames.length > 0) leaf.setExtensions([{ name: 'subjectAltName', altNames }])
      leaf.sign(key.private, forge.md.sha256.create())
      return pem(leaf, leafKey)
    },
  }
}

interface Key {
  readonly private: forge.pki.rsa.PrivateKey
  readonly public: forge.pki.rsa.PublicKey
}

function newKey(): Key {
  // node's own generator: forge's takes seconds.
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
  return { private: key, public: forge.pki.rsa.setPublicKey(key.n, key.e) }
}

function fill(cert: forge.pki.Certificate, subject: string, issuer: string, days: Validity, key: Key): void {
  cert.publicKey = key.public
  cert.serialNumber = `01${Date.now().toString(16).padStart(12, '0')}${Math.floor(Math.random() * 1e9)
    .toString(16)
    .padStart(8, '0')}`
  cert.validity.notBefore = new Date(Date.now() + days[0] * 864e5)
  cert.validity.notAfter = new Date(Date.now() + days[1] * 864e5)
  cert.setSubject([{ name: 'commonName', value: subject }])
  cert.setIssuer([{ name: 'commonName', value: issuer }])
}

function pem(cert: forge.pki.Certificate, key: Key): Issued {
  return { cert: forge.pki.certificateToPem(cert), key: forge.pki.privateKeyToPem(key.private) }
}
