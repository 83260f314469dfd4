/** What may hold a password: the part of a URL between `//` and `@`. */
interface UserInfo {
  readonly before: string
  readonly hidden: string
}

/** Up to the next of a list that commas part, as in `--etcd-servers`. */
const url = /([a-z][a-z0-9+.-]*:\/\/)((?:(?!,[a-z][a-z0-9+.-]*:\/\/)[^\s"'`<>\\])*)@/gi
/** Go and curl take a proxy without a scheme, too; that is known by the name of its variable. */
const proxyVariable = /(_proxy["']?(?:=|,?\s+["']?value["']?:\s)["']?)([^\s"'`<>/@]+(?:@[^\s"'`<>/@]+)*)@/gi

/** A registry or an endpoint without a scheme, as an error quotes it; no digest of an image, no user of Kubernetes. */
const quoted = /(["'])(?!system:)([^\s"'/:@]+:[^\s"'/@]+)@(?!sha\d+:)/g

/**
 * A text without the user and the password of any URL in it: proxies, etcd, registries. `hide` says what stands in their
 * place. Files keep the true value: this is for what people and logs see.
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

/** `rest` reaches to the last `@`, which may be one of the path; a password that is not encoded may hold a slash. */
function userInfo(scheme: string, rest: string): UserInfo | undefined {
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? []
  if (authority === rest) return { before: scheme, hidden: rest }
  if (authority.includes('@')) return { before: scheme, hidden: authority.slice(0, authority.lastIndexOf('@')) }
  return /:\d*$/.test(authority) || !authority.includes(':') ? undefined : { before: scheme, hidden: rest }
}
