import ipaddr from 'ipaddr.js'
import { isLoopback } from '../../config/field/addresses.ts'

/** Proxy variables of a host's environment. */
export type ProxyEnv = readonly { readonly name: string; readonly value: string }[]

/**
 * Returns the proxy of an https request as Go's http.ProxyFromEnvironment chooses it, without its password; undefined
 * for a direct connection.
 */
export function proxyFor(env: ProxyEnv, host: string, port: number): string | undefined {
  const proxy = variable(env, 'HTTPS_PROXY')
  if (proxy === undefined || bypassed(variable(env, 'NO_PROXY') ?? '', host.toLowerCase(), port)) return undefined
  const text = /^(https?|socks5h?):\/\//.test(proxy) ? proxy : `http://${proxy}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.password !== '') url.password = 'xxxxx'
  return url.href.replace(/\/$/, '')
}

function variable(env: ProxyEnv, name: string): string | undefined {
  return [name, name.toLowerCase()].map(key => env.find(entry => entry.name === key)?.value).find(value => value)
}

function bypassed(noProxy: string, host: string, port: number): boolean {
  if (host === 'localhost' || isLoopback(host)) return true
  const rules = noProxy
    .toLowerCase()
    .split(',')
    .map(rule => rule.trim())
  return rules.some(rule => rule !== '' && matches(rule, host, port))
}

function matches(rule: string, host: string, port: number): boolean {
  if (rule === '*') return true
  if (ipaddr.isValidCIDR(rule)) return inside(rule, host)
  const [, bracketed, plain, only] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(rule) ?? [undefined, rule, undefined]
  if (only !== undefined && Number(only) !== port) return false
  const name = bracketed ?? plain ?? rule
  if (ipaddr.isValid(name)) return ipaddr.isValid(host) && sameAddress(name, host)
  const suffix = name.replace(/^\*/, '')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function inside(cidr: string, host: string): boolean {
  if (!ipaddr.isValid(host)) return false
  const [network, prefix] = ipaddr.parseCIDR(cidr)
  const address = ipaddr.parse(host)
  return address.kind() === network.kind() && address.match(network, prefix)
}

function sameAddress(a: string, b: string): boolean {
  return ipaddr.parse(a).toNormalizedString() === ipaddr.parse(b).toNormalizedString()
}
