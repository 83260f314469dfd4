import { keyName } from '../cluster/session.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../pki/certificate.ts'
import { issueRenewed } from '../pki/issue-from-table.ts'
import { parsePrivateKey, privateKeyPem } from '../pki/keys.ts'
import { type Kubeconfig, parseKubeconfig } from '../pki/kubeconfig.ts'
import { embedCredentials } from '../pki/kubeconfig-edit.ts'
import type { Renewable, RenewalCa } from '../pki/renewable.ts'
import { matchesKey } from '../pki/verify.ts'
import { isDue, type Renewal, type RenewalInputs, type RenewContext } from './renewal.ts'
import { replacedFile } from './replaced-file.ts'

/** Replaces the client certificate and the key in a kubeconfig, and its CA if it does not trust the one on the host. */
export async function renewKubeconfig(
  ctx: RenewContext,
  renewable: Renewable,
  inputs: RenewalInputs,
): Promise<Renewal> {
  const { cluster, node, host, session, request } = ctx
  const { certificatePath: path, certificate: text } = inputs.found
  if (text === undefined) return { outcome: 'missing' }
  const { kubeconfig, certificate, caPem } = embedded(text, path)
  const ca = await inputs.ca()
  if (ca === undefined) return { outcome: 'external', certificate }
  const trusts = trusted(caPem, ca)
  const existing = { certificate, broken: !trusts || !holdsKey(kubeconfig, certificate) }
  if (!isDue(existing, ca, session, request.expiringWithinMs)) {
    return { outcome: 'kept', certificate }
  }
  const key = await session.key(keyName(node, renewable.name))
  const validityMs = cluster.config.certificateValidityPeriod
  const made = issueRenewed(certificate, { key, issuer: ca.issuer, startedAt: session.startedAt, validityMs })
  const credentials = {
    caPem: trusts ? caPem : ca.certificates[0].pem,
    certificatePem: made.pem,
    keyPem: privateKeyPem(key),
  }
  await host.writeFile({
    ...(await replacedFile(host, path, 0o600)),
    content: embedCredentials(text, credentials, path),
  })
  return { outcome: 'renewed', certificate: made }
}

/** Throws KUBECONFIG_INVALID if the CA or the client certificate is not embedded: kubeadm does not renew files. */
function embedded(text: string, path: string) {
  const kubeconfig = parseKubeconfig(text, path)
  const { caPem, clientCertPem } = kubeconfig
  if (caPem !== undefined && clientCertPem !== undefined) {
    return { kubeconfig, caPem, certificate: parseCertificate(clientCertPem, path) }
  }
  const missing = caPem === undefined ? 'CA certificate' : 'client certificate'
  throw new KadmError('KUBECONFIG_INVALID', `${path} has no embedded ${missing}`, {
    hint: 'embed the content of the files that it names, or remove it and create it with `kadm init phase kubeconfig`',
  })
}

/** A kubeconfig may trust further CAs. A renewal keeps them. */
function trusted(caPem: string, ca: RenewalCa): boolean {
  return parseCertificates(caPem).some(one => one.der.equals(ca.certificates[0].der))
}

function holdsKey({ clientKeyPem }: Kubeconfig, certificate: Certificate): boolean {
  try {
    return clientKeyPem !== undefined && matchesKey(certificate, parsePrivateKey(clientKeyPem.reveal()))
  } catch {
    return false
  }
}
