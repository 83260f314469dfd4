/** The part of a URL between `//` and `@`, which may hold a password. */
interface UserInfo {
  readonly before: string
  readonly hidden: string
}

/** A URL up to the next one of a list separated by commas, as in `--etcd-servers`. */
const url = /([a-z][a-z0-9+.-]*:\/\/)((?:(?!,[a-z][a-z0-9+.-]*:\/\/)[^\s"'`<>\\])*)@/gi
/** Go and curl accept a proxy without a scheme; the name of its variable identifies it. */
const proxyVariable = /(_proxy["']?(?:=|,?\s+["']?value["']?:\s)["']?)([^\s"'`<>/@]+(?:@[^\s"'`<>/@]+)*)@/gi

/** A registry or an endpoint without a scheme, as errors quote it; not an image digest, not a Kubernetes user. */
const quoted = /(["'])(?!system:)([^\s"'/:@]+:[^\s"'/@]+)@(?!sha\d+:)/g

/**
 * Returns the text without the user and password of any URL in it: proxies, etcd, registries. `hide` returns the
 * replacement. Files keep the true value: this is for messages and logs.
 */
export function maskUrls(text: string, hide: (hidden: string) => string = () => '[secret]'): string {
  if (!text.includes('@')) return text
  const masked = (whole: string, found: UserInfo | undefined) =>
    found === undefined
      ? whole
      : `${found.before}${hide(found.hidden)}@${whole.slice(whole.indexOf(found.hidden, found.before.length) + found.hidden.length + 1)}`
  return text
    .replace(url, (whole, scheme: string, rest: string) => masked(whole, userInfo(scheme, rest)))
    .replace(quoted, (_, quote: string, hidden: string) => `${quote}${hide(hidden)}@`)
    .replace(proxyVariable, (_, before: string, hidden: string) => `${before}${hide(hidden)}@`)
}

/** `rest` reaches to the last `@`, which can be part of the path. An unencoded password can contain a slash. */
function userInfo(scheme: string, rest: string): UserInfo | undefined {
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? []
  if (authority === rest) return { before: scheme, hidden: rest }
  if (authority.includes('@')) return { before: scheme, hidden: authority.slice(0, authority.lastIndexOf('@')) }
  return /:\d*$/.test(authority) || !authority.includes(':') ? undefined : { before: scheme, hidden: rest }
}
