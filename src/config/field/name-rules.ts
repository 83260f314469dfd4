/** The rules and texts of k8s.io/apimachinery/pkg/util/validation. */
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = String.raw`${label}(\.${label})*`
const subdomainPattern = new RegExp(`^${subdomain}$`)
const wildcardPattern = new RegExp(String.raw`^\*\.${subdomain}$`)
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  `end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`
const wildcardText =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower " +
  "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used " +
  String.raw`for validation is '\*\.${subdomain}')`

/** Returns why a text is not an RFC 1123 subdomain; undefined if it is valid. */
export function subdomainFault(text: string): string | undefined {
  if (text.length > 253) return 'must be no more than 253 characters'
  return subdomainPattern.test(text) ? undefined : subdomainText
}

/** The kubelet labels its Node with its name (kubernetes.io/hostname); label values are limited to 63 characters. */
const nodeNameLimit = 63

/** Returns why no kubelet can register a Node with this RFC 1123 subdomain; undefined if it is valid. */
export function nodeNameFault(text: string): string | undefined {
  if (text.length <= nodeNameLimit) return undefined
  return `must be no more than ${nodeNameLimit} characters: the label kubernetes.io/hostname of the Node holds it`
}

/** Returns why a text is not a valid DNS name of a certificate, wildcards included; undefined if it is valid. */
export function certNameFault(text: string): string | undefined {
  if (subdomainFault(text) === undefined || (text.length <= 253 && wildcardPattern.test(text))) return undefined
  return `${subdomainFault(text)}; ${wildcardText}`
}

const host = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const domain = String.raw`(?:${host}(?:\.${host})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?`
const repositoryPattern = new RegExp(`^(?:${domain}/)?${part}(?:/${part})*$`)

/** True if `<repository>/name:tag` is an image reference (github.com/distribution/reference). */
export function isImageRepository(text: string): boolean {
  return repositoryPattern.test(`${text}/name`)
}

/** Source: Go's net.SplitHostPort. */
export function splitHostPort(text: string): { host: string; port: string } | { message: string } {
  const colon = text.lastIndexOf(':')
  if (colon < 0) return { message: 'missing port' }
  const close = text.indexOf(']')
  if (text.startsWith('[')) {
    if (close < 0) return { message: "missing ']'" }
    if (close + 1 !== colon) return { message: text[close + 1] === ':' ? 'too many colons' : 'missing port' }
  } else if (text.indexOf(':') < colon) return { message: 'too many colons' }
  const bracketed = text.startsWith('[')
  if (text.includes('[', bracketed ? 1 : 0)) return { message: "unexpected '['" }
  if (text.includes(']', bracketed ? close + 1 : 0)) return { message: "unexpected ']'" }
  return { host: bracketed ? text.slice(1, close) : text.slice(0, colon), port: text.slice(colon + 1) }
}

export function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535
}

/** Splits `host[:port]`; returns a text if it is not valid. Source: kubeadm util/endpoint.go. */
export function parseHostPort(text: string, isIp: (host: string) => boolean): { host: string; port?: number } | string {
  const parts = splitHostPort(text)
  const { host: name, port } = 'message' in parts ? { host: text, port: '' } : parts
  if (port !== '' && !isPort(port)) {
    return `hostport ${text}: port ${port} must be a valid number between 1 and 65535, inclusive`
  }
  if (isIp(name) || subdomainFault(name) === undefined) {
    return port === '' ? { host: name } : { host: name, port: Number(port) }
  }
  return `hostport ${text}: host '${name}' must be a valid IP address or a valid RFC-1123 DNS subdomain`
}
