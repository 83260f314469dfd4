import type { Secret } from '../../../cluster/secret.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import type { RequestFile } from './parse.ts'

/** A request and its certificate. */
export interface SignedRequest {
  readonly request: RequestFile
  readonly certificate: Certificate
  readonly issuer: Certificate
  /** The kubeconfig that was completed. */
  readonly kubeconfig?: { readonly path: string; readonly content: Secret }
}

/** The result of `kadm certs sign-csr`. */
export function signResult(signed: readonly SignedRequest[], cas: readonly string[], warnings: readonly string[]) {
  const certificates = signed.map(({ request, certificate, kubeconfig }) => {
    const { subject, sans, usages, serial, notBefore, notAfter } = certificate
    return {
      ...{ name: request.profile.name, request: request.path, certificate: request.certificate },
      ...(kubeconfig === undefined ? {} : { kubeconfig: kubeconfig.path }),
      ...{ ca: request.profile.signedBy, subject, dnsNames: sans.dns, ipAddresses: sans.ips, usages, serial },
      ...{ notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() },
    }
  })
  return { certificates, caCertificates: cas, warnings }
}

export type SignResult = ReturnType<typeof signResult>

/** Shows what was signed, so that the operator sees every name that a certificate is valid for. */
export function signText({ certificates, caCertificates }: SignResult): string {
  const lines = certificates.flatMap(({ certificate, kubeconfig, subject, dnsNames, ipAddresses, notAfter, ca }) => [
    `${certificate}: signed by ${ca}, valid until ${notAfter.slice(0, 10)}`,
    `  subject: ${[...subject.organizations.map(name => `O=${name}`), `CN=${subject.commonName}`].join(', ')}`,
    ...(dnsNames.length + ipAddresses.length === 0 ? [] : [`  names: ${[...dnsNames, ...ipAddresses].join(', ')}`]),
    ...(kubeconfig === undefined ? [] : [`  kubeconfig: ${kubeconfig}`]),
  ])
  return [...lines, ...caCertificates.map(path => `${path}: copy of the CA certificate`)]
    .map(line => `${line}\n`)
    .join('')
}

/** Returns what is unusual about the signed certificates. */
export function signWarnings(signed: readonly SignedRequest[], validityMs: number, startedAt: Date): readonly string[] {
  return signed.flatMap(({ request, certificate, issuer }) => {
    const { path, profile } = request
    const short = issuer.notAfter.getTime() < startedAt.getTime() + validityMs
    const { dns } = certificate.sans
    const lacks = profile.name === 'apiserver' && !dns.includes('kubernetes.default.svc')
    return [
      ...(short ? [`${path}: the certificate expires with its CA, on ${issuer.notAfter.toISOString()}`] : []),
      ...(lacks ? [`${path} does not ask for kubernetes.default.svc: pods cannot verify the API server`] : []),
    ]
  })
}
