import { type Check, type Finding, failure } from './check.ts'
import { holderOf } from './listeners.ts'
import type { NodeFacts } from './node-facts.ts'

/** A port that a component will listen on, at one address or (undefined, empty) at all. */
export function port(number: number, address?: string): Check {
  const at = address === '' ? undefined : address
  return {
    name: `Port-${number}`,
    run: ({ facts, earlier }) => (earlier.ports.has(number) ? [] : judgePort(facts, number, at)),
  }
}

export type PortFacts = Pick<NodeFacts, 'listeners' | 'addresses' | 'settings'>

/** What listening on the port would meet; kubeadm tries it, and says "in use" of an address that is not there as well. */
export function judgePort(facts: PortFacts, number: number, address?: string): readonly Finding[] {
  const holder = holderOf(facts.listeners, number, address)
  if (holder !== undefined) {
    const remedy = `stop what listens there; \`ss -ltnp 'sport = :${number}'\` names it. \`kadm reset\` stops an earlier cluster`
    return [failure(`Port ${number} is in use`, remedy)]
  }
  if (address === undefined || owns(facts, address)) return []
  const remedy = `give an address of this machine: ${facts.addresses.join(', ')}`
  return [failure(`Port ${number} cannot be used at ${address}: no interface has this address`, remedy)]
}

function owns(facts: PortFacts, address: string): boolean {
  const nonlocal = facts.settings.get('/proc/sys/net/ipv4/ip_nonlocal_bind') === '1'
  const everywhere = address === '0.0.0.0' || address === '::' || /^127\./.test(address)
  // Nothing listed means that the machine could not be asked, not that it has none.
  return nonlocal || everywhere || facts.addresses.length === 0 || facts.addresses.includes(address)
}
