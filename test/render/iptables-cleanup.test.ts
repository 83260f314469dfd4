import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseKubeTables, renderIptablesCleanup } from '../../src/render/iptables-cleanup.ts'

/** Output of iptables-save on a node with kube-proxy, and a chain of another program. */
const saved = readFileSync(new URL('../fixtures/iptables/kube-proxy.txt', import.meta.url), 'utf8')
const tables = parseKubeTables(saved)
const input = renderIptablesCleanup(tables)

describe('the iptables clean-up', () => {
  it('the iptables clean-up finds the chains of each table', () => {
    const found = tables.map(({ table, chains, jumps }) => [table, chains.length, jumps.length])
    expect(found).toEqual([
      ['mangle', 3, 0],
      ['filter', 8, 11],
      ['nat', 8, 3],
    ])
  })

  it('the iptables clean-up flushes every chain before it deletes one', () => {
    for (const section of input.split('COMMIT\n').filter(Boolean)) {
      const lines = section.split('\n').filter(Boolean)
      const kinds = lines.map(line => line.slice(0, 2).replace(/^[*:].*/, match => match[0] ?? ''))
      expect(kinds).toEqual([...kinds].sort((a, b) => order.indexOf(a) - order.indexOf(b)))
      const chains = lines.filter(line => line.startsWith(':')).map(line => line.slice(1).split(' ')[0])
      expect(lines.filter(line => line.startsWith('-X ')).map(line => line.slice(3))).toEqual(chains)
    }
  })

  it('the iptables clean-up deletes from other chains only the rules that jump to Kubernetes chains', () => {
    const rules = input.split('\n').filter(line => line.startsWith('-D '))
    expect(rules).toContain('-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
    expect(rules.every(rule => saved.includes(rule.replace('-D', '-A')))).toBe(true)
  })

  it('the iptables clean-up keeps rules of other programs, even if a comment names Kubernetes', () => {
    expect(saved).toContain('"not -j KUBE-SERVICES of mine" -j MY-FIREWALL')
    expect(input).not.toContain('MY-FIREWALL')
  })

  it('the iptables clean-up is empty when there are no Kubernetes chains', () => {
    expect(renderIptablesCleanup(parseKubeTables('*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'))).toBe('')
    expect(parseKubeTables('')).toEqual([])
  })
})

const order = ['*', ':', '-D', '-X']
