import { X509Certificate } from 'node:crypto'

/** Returns the text with decoded certificates, from PEM or from base64 of PEM in a kubeconfig. */
export function readableCertificates(text: string): string {
  return text
    .replace(/(-----BEGIN CERTIFICATE-----\n)([^-]+)(-----END CERTIFICATE-----)/g, (pem, begin, _body, end) => {
      const facts = factsOf(pem)
      return facts === undefined ? pem : `${begin}${facts.map(fact => `  ${fact}\n`).join('')}${end}`
    })
    .replace(/^( *(?:certificate-authority|client-certificate)-data: )(LS0t\S+)$/gm, (line, start, data) => {
      const pems = Buffer.from(data, 'base64')
        .toString()
        .split(/(?<=-----END CERTIFICATE-----\n)/)
      const facts = pems.map(factsOf)
      return facts.includes(undefined) ? line : `${start}[certificate: ${facts.map(one => one?.join(', ')).join('; ')}]`
    })
}

/** Returns undefined if it is not a certificate. */
function factsOf(pem: string): readonly string[] | undefined {
  try {
    const { subject, issuer, subjectAltName, validFromDate, validToDate, fingerprint256 } = new X509Certificate(pem)
    return [
      `subject ${oneLine(subject)}`,
      `issuer ${oneLine(issuer)}`,
      ...(subjectAltName === undefined ? [] : [`names ${subjectAltName}`]),
      `valid ${utc(validFromDate)} to ${utc(validToDate)}`,
      `sha256 ${fingerprint256.replaceAll(':', '').toLowerCase()}`,
    ]
  } catch {
    return undefined
  }
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ' ')
}

/** Returns `2026-11-24T03:52:42Z`. */
function utc(date: Date): string {
  return date.toISOString().replace(/\.\d+/, '')
}
