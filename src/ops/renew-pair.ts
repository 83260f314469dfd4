import { keyName } from '../cluster/session.ts'
import { type Certificate, parseCertificates } from '../pki/certificate.ts'
import { issueRenewed } from '../pki/issue-from-table.ts'
import { parsePrivateKey, privateKeyPem } from '../pki/keys.ts'
import type { Renewable } from '../pki/renewable.ts'
import type { FoundPair } from '../pki/reuse.ts'
import { attributeFaults, wantedOf } from '../pki/staleness.ts'
import { matchesKey } from '../pki/verify.ts'
import { isDue, type Renewal, type RenewalInputs, type RenewContext } from './renewal.ts'
import { replacedFile } from './replaced-file.ts'

type Pair = Extract<Renewable, { kind: 'pair' }>

/**
 * Replaces a certificate and its key together. As in kubeadm, the subject, the names and the usages are those of the
 * existing certificate, and the key is new.
 */
export async function renewPair(ctx: RenewContext, pair: Pair, inputs: RenewalInputs): Promise<Renewal> {
  const { cluster, node, host, session, request } = ctx
  const { found } = inputs
  if (found.certificate === undefined) return { outcome: 'missing' }
  const [certificate, ...intermediates] = parseCertificates(found.certificate, found.certificatePath)
  const ca = await inputs.ca()
  if (ca === undefined) return { outcome: 'external', certificate }
  const broken = found.key !== undefined && !belongs(found.key, certificate)
  if (!isDue({ certificate, intermediates, broken }, ca, session, request.expiringWithinMs)) {
    return { outcome: 'kept', certificate }
  }
  if (broken) {
    const text = `${found.keyPath} does not belong to ${found.certificatePath}: both are replaced`
    ctx.report({ kind: 'warning', text })
  }
  warnOfKeptAttributes(ctx, pair, found, certificate)
  const key = await session.key(keyName(node, pair.name))
  const validityMs = cluster.config.certificateValidityPeriod
  const made = issueRenewed(certificate, { key, issuer: ca.issuer, startedAt: session.startedAt, validityMs })
  const [keyFile, certificateFile] = await Promise.all([
    replacedFile(host, found.keyPath, 0o600),
    replacedFile(host, found.certificatePath, 0o644),
  ])
  await host.writePair({ ...keyFile, content: privateKeyPem(key) }, { ...certificateFile, content: made.pem })
  return { outcome: 'renewed', certificate: made }
}

function belongs(key: string, certificate: Certificate): boolean {
  try {
    return matchesKey(certificate, parsePrivateKey(key))
  } catch {
    return false
  }
}

/** A renewal does not read names from the configuration, which may have changed since the certificate was made. */
function warnOfKeptAttributes(
  { cluster, node, request, report }: RenewContext,
  { name, spec }: Pair,
  { certificatePath, keyPath }: FoundPair,
  certificate: Certificate,
): void {
  if (request.assumedConfig) return
  for (const fault of attributeFaults(certificate, wantedOf(spec, cluster, node))) {
    const remedy = `To change that, remove it and ${keyPath}, and run \`kadm init phase certs ${name}\``
    report({ kind: 'warning', text: `${certificatePath} ${fault}; a renewal keeps it. ${remedy}` })
  }
}
