import { describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../src/cluster/session.ts'
import { knownNodes } from '../../src/pki/known-nodes.ts'
import { makeConfig } from '../fixtures/cluster.ts'

const nodes: readonly ClusterNode[] = [
  { name: 'cp1', controlPlane: true, addresses: ['10.0.0.1'] },
  { name: 'w1', controlPlane: false, addresses: ['10.0.0.11'] },
  { name: 'w2', controlPlane: false, addresses: ['10.0.0.12'] },
]
const config = makeConfig({
  controlPlaneEndpoint: 'api.example.com:6443',
  apiServer: { certSANs: ['10.0.0.9'] },
  networking: { dnsDomain: 'cluster.local', serviceSubnet: '10.96.0.0/12' },
})

/** The refused names of a host that reports these addresses. */
function refusedOf(node: string, addresses: readonly string[], given: readonly string[] = []) {
  const sans = new Map(given.length === 0 ? [] : [[node, given]])
  const host = { node, hostname: node, addresses }
  return Object.fromEntries(knownNodes({ hosts: [host], given: sans, nodes, config }).get(node)?.refused ?? [])
}

describe('the names that are known of a node', () => {
  it('come from the host itself and from the operator', () => {
    const hosts = [{ node: 'w1', hostname: 'W1.example.com', addresses: ['10.0.0.11', 'fd00:0:0:0:0:0:0:11'] }]
    const known = knownNodes({ hosts, given: new Map([['w2', ['w2', '10.0.0.12']]]), nodes, config })
    expect([...(known.get('w1')?.names ?? [])]).toEqual(['w1', 'w1.example.com', '10.0.0.11', 'fd00::11'])
    expect([...(known.get('w2')?.names ?? [])]).toEqual(['w2', '10.0.0.12'])
    expect([...known.keys()]).toEqual(['w1', 'w2'])
  })

  it.each([
    ['10.0.0.1', /belongs to the Node cp1/],
    ['10.0.0.12', /belongs to the Node w2/],
    ['10.0.0.9', /of the API server/],
    ['10.96.0.1', /of the API server/],
    ['10.96.0.10', /of the service network/],
  ])('a worker must not have %s, although an interface of its host has the address', (address, why) => {
    expect(refusedOf('w1', ['10.0.0.11', address])).toEqual({ [address]: expect.stringMatching(why) })
  })

  it.each(['kubernetes.default.svc', 'api.example.com', 'localhost', 'cp1'])(
    'a worker must not have the name %s, although its host has it',
    hostname => {
      const known = knownNodes({ hosts: [{ node: 'w1', hostname, addresses: [] }], given: new Map(), nodes, config })
      expect([...(known.get('w1')?.refused.keys() ?? [])]).toEqual([hostname])
    },
  )

  it('a control plane may have the addresses of the API server, but not those of another Node', () => {
    expect(Object.keys(refusedOf('cp1', ['10.0.0.1', '10.0.0.9', '10.96.0.10', '10.0.0.12']))).toEqual(['10.0.0.12'])
  })

  it('the operator may give a name that a host alone could not claim', () => {
    expect(refusedOf('w1', ['10.0.0.9'], ['10.0.0.9'])).toEqual({})
  })
})
