import { addressAt, hostPort, isIPv6 } from '../../cluster/cidr.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import { type ProxyEnv, proxyFor } from './proxy.ts'

/** Warns if requests to the API server would go through a proxy. */
export function httpProxy(host: string): Check {
  return { name: 'HTTPProxy', run: ({ ctx }) => judgeHttpProxy(ctx.node.facts.proxyEnv, host) }
}

export function judgeHttpProxy(env: ProxyEnv, host: string): readonly Finding[] {
  const authority = isIPv6(host) ? hostPort(host, 1234) : host
  const proxy = proxyFor(env, host, isIPv6(host) ? 1234 : 443)
  if (proxy === undefined) return []
  return [
    warning(
      `Connection to "https://${authority}" uses proxy "${proxy}". If that is not intended, adjust your proxy settings`,
    ),
  ]
}

/** Warns if the API server would reach services or pods of a subnet through a proxy. */
export function httpProxyCidr(cidr: string): Check {
  return { name: 'HTTPProxyCIDR', run: ({ ctx }) => judgeHttpProxyCidr(ctx.node.facts.proxyEnv, cidr) }
}

export function judgeHttpProxyCidr(env: ProxyEnv, cidr: string): readonly Finding[] {
  const first = addressAt(cidr, 1)
  if (first === undefined) {
    const remedy = 'write the subnet as address/prefix, such as 10.96.0.0/12'
    return [failure(`unable to get first IP address from the given CIDR (${cidr})`, remedy)]
  }
  const proxy = proxyFor(env, first, 1234)
  if (proxy === undefined) return []
  return [
    warning(
      `connection to "${cidr}" uses proxy "${proxy}". This may lead to malfunctional cluster setup. Make sure that Pod and Services IP ranges specified correctly as exceptions in proxy configuration`,
    ),
  ]
}
