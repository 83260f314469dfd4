import type { KeyObject } from 'node:crypto'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { issueClient } from '../../pki/issue-from-table.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { embedCredentials } from '../../pki/kubeconfig-edit.ts'
import { signs } from '../../pki/verify.ts'
import { readCaPair, readIssuer } from './issuer.ts'

export interface UserRenewal {
  readonly text: string
  /** The name of the file, for messages. */
  readonly file: string
  readonly key: (old: Kubeconfig) => Promise<KeyObject>
  readonly startedAt: Date
  readonly validityMs: number
}

export interface RenewedUser {
  readonly content: Secret
  readonly certificate: Certificate
  readonly server: string
  /** True if the file trusted another CA, and now trusts the one on the host. */
  readonly caReplaced: boolean
}

/**
 * Replaces the client certificate and the key in the kubeconfig of a user. The CA on the host must have signed the
 * existing certificate, because the new one has its user and its groups. Throws CERT_INVALID, KUBECONFIG_INVALID.
 */
export async function renewUserKubeconfig(
  host: HostReader,
  cluster: Pick<Cluster, 'config'>,
  { text, file, key: makeKey, startedAt, validityMs }: UserRenewal,
): Promise<RenewedUser> {
  const kubeconfig = parseKubeconfig(text, file)
  const { clientPem, caPem } = embedded(kubeconfig, file)
  const old = parseCertificate(clientPem, file)
  const cas = (await readCaPair(host, cluster, 'ca')).certificates
  if (!cas.some(ca => signs(ca, old))) throw ofAnotherCa(old, { file, host: host.name })
  if (!old.usages.includes('clientAuth')) {
    throw new KadmError('CERT_INVALID', `the certificate in ${file} is not a client certificate`, {
      hint: 'create a new kubeconfig with `kadm kubeconfig user`',
    })
  }
  const [issuer, key] = await Promise.all([readIssuer(host, cluster, 'ca', file), makeKey(kubeconfig)])
  const certificate = issueClient({ subject: old.subject, key, issuer, startedAt, validityMs })
  const trusts = parseCertificates(caPem, file).some(({ der }) => der.equals(issuer.certificate.der))
  const content = embedCredentials(
    text,
    {
      caPem: trusts ? caPem : issuer.certificate.pem,
      certificatePem: certificate.pem,
      keyPem: privateKeyPem(key),
    },
    file,
  )
  return { content, certificate, server: kubeconfig.server, caReplaced: !trusts }
}

function embedded({ caPem, clientCertPem, token, tokenFile }: Kubeconfig, file: string) {
  if (caPem !== undefined && clientCertPem !== undefined) return { caPem, clientPem: clientCertPem }
  if (clientCertPem === undefined && (token !== undefined || tokenFile !== undefined)) {
    throw new KadmError('KUBECONFIG_INVALID', `${file} authenticates with a token, which kadm does not renew`, {
      hint: 'create it with a new token: `kadm kubeconfig user --token-file FILE`',
    })
  }
  const missing = clientCertPem === undefined ? 'client certificate' : 'CA certificate'
  throw new KadmError('KUBECONFIG_INVALID', `${file} has no embedded ${missing}`, {
    hint: 'embed the files that it names with `kubectl config view --flatten`, or create it with `kadm kubeconfig user`',
  })
}

function ofAnotherCa({ subject }: Certificate, { file, host }: { file: string; host: string }): KadmError {
  const groups = subject.organizations.map(group => ` --org ${group}`).join('')
  return new KadmError('CERT_INVALID', `the CA on ${host} did not sign the certificate in ${file}`, {
    hint: `use a control plane of its cluster; after a rotation of the CA, create it: \`kadm kubeconfig user --client-name ${subject.commonName}${groups}\``,
  })
}
