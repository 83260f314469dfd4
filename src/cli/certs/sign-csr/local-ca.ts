import { existsSync } from 'node:fs'
import { KadmError } from '../../../errors/kadm-error.ts'
import { parseCertificates } from '../../../pki/certificate.ts'
import type { Issuer } from '../../../pki/issue.ts'
import { parsePrivateKey } from '../../../pki/keys.ts'
import { matchesKey, periodFault } from '../../../pki/verify.ts'
import { readOwnText } from '../../options.ts'
import type { CaPaths } from './parse.ts'

/** Reads a CA on the operator's host. Throws CERT_INVALID for one that cannot sign valid certificates. */
export function readLocalCa({ certificate: certificatePath, key: keyPath }: CaPaths, now: Date): Issuer {
  const missing = [certificatePath, keyPath].filter(path => !existsSync(path))
  if (missing.length > 0) {
    throw new KadmError('CERT_INVALID', `the CA is incomplete: ${missing.join(' and ')} missing`, {
      hint: 'run sign-csr on the host that holds the CA, and name its files with --cert-dir, or --ca-cert and --ca-key',
    })
  }
  const [certificate] = parseCertificates(readOwnText(certificatePath, '--ca-cert'), certificatePath)
  const key = parsePrivateKey(readOwnText(keyPath, '--ca-key'), keyPath)
  const fault = certificate.isCa ? periodFault(certificate, now)?.reason : 'is not a CA certificate'
  if (fault !== undefined) {
    throw new KadmError('CERT_INVALID', `${certificatePath} ${fault}`, {
      hint: 'name a CA certificate that is valid now, and check the clock of this host',
    })
  }
  if (!matchesKey(certificate, key)) {
    throw new KadmError('CERT_INVALID', `${keyPath} does not belong to ${certificatePath}`, {
      hint: 'name the two files of one CA',
    })
  }
  return { certificate, key }
}
