import { describe, expect, it } from 'vitest'
import { completeInit } from '../../src/config/complete-init.ts'
import { completeJoin } from '../../src/config/complete-join.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { parseJoin } from '../../src/config/join.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const long = 'n'.repeat(64)
const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'
const stored = {
  clusterConfiguration:
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\nnetworking: {serviceSubnet: 10.96.0.0/12}\n',
  kubelet: 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n',
}

type Registration = { readonly name?: string; readonly 'hostname-override'?: string }

function document(kind: 'InitConfiguration' | 'JoinConfiguration', registration: Registration): string {
  const { name, 'hostname-override': override } = registration
  const args = override === undefined ? [] : [{ name: 'hostname-override', value: override }]
  const nodeRegistration = { ...(name === undefined ? {} : { name }), kubeletExtraArgs: args }
  const bootstrapToken = { apiServerEndpoint: '10.0.0.1:6443', token: randomToken(), unsafeSkipCAVerification: true }
  const discovery = kind === 'JoinConfiguration' ? { discovery: { bootstrapToken } } : {}
  return JSON.stringify({ apiVersion: 'kubeadm.k8s.io/v1beta4', kind, nodeRegistration, ...discovery })
}

const facts = (hostname: string) => ({ ...makeFacts(), hostname })
const file = (text: string) => ({ path: 'kadm.yaml', text })

function init(registration: Registration, hostname = 'cp1') {
  const text = document('InitConfiguration', registration)
  return completeInit(
    settleInit(parseInit({ file: file(text), flags: {}, startedAt, randomToken }), undefined),
    facts(hostname),
  )
}

function join(registration: Registration, hostname = 'w1') {
  const text = document('JoinConfiguration', registration)
  return completeJoin(parseJoin({ file: file(text), flags: {} }), facts(hostname), stored)
}

const tooLong = /must be no more than 63 characters: the label kubernetes\.io\/hostname/
const faultOf = (run: () => unknown) => {
  try {
    run()
    return undefined
  } catch (error) {
    return JSON.stringify((error as { problems?: unknown }).problems)
  }
}

describe('invalid node names', () => {
  it.each<[string, () => unknown]>([
    ['a name of 64 characters, for init', () => init({ name: long })],
    ['a name of 64 characters, for a join', () => join({ name: long })],
    ['a long name of labels that are short, for init', () => init({ name: `${'a'.repeat(40)}.${'b'.repeat(40)}` })],
    ['a host name of 64 characters, for init', () => init({}, long)],
    ['a host name of 64 characters, for a join', () => join({}, long)],
    ['an override of 64 characters, for a join', () => join({ 'hostname-override': long })],
  ])('a node name is rejected with its limit when it is too long: %s', (_, run) => {
    expect(faultOf(run)).toMatch(tooLong)
  })

  it.each<[string, () => unknown]>([
    ['init', () => init({ 'hostname-override': 'UPPER_x' })],
    ['a join', () => join({ 'hostname-override': 'UPPER_x' })],
    ['a join that names the node too', () => join({ name: 'w1', 'hostname-override': 'UPPER_x' })],
  ])('an invalid hostname-override is rejected as a node name by %s', (_, run) => {
    expect(faultOf(run)).toMatch(/remove it.*hostname-override \\"upper_x\\": a lowercase RFC 1123 subdomain must/)
  })

  it('a node name in the file is checked before a host is reached', () => {
    const text = document('InitConfiguration', { name: long })
    expect(faultOf(() => parseInit({ file: file(text), flags: {}, startedAt, randomToken }))).toMatch(tooLong)
  })

  it('init rejects a hostname-override that differs from the node name', () => {
    expect(faultOf(() => init({ 'hostname-override': 'other' }))).toMatch(/"other\\" differs from the node name \\"cp1/)
  })
})

describe('valid node names', () => {
  it.each<[string, () => { readonly cluster: { readonly nodes: readonly { readonly name: string }[] } }, string]>([
    ['of 63 characters', () => init({ name: long.slice(1) }), long.slice(1)],
    ['that name and hostname-override both set', () => init({ name: 'a', 'hostname-override': 'A' }), 'a'],
    ['from the hostname-override of a join', () => join({ 'hostname-override': 'other' }), 'other'],
    ['from the file instead of a long hostname', () => join({ name: 'a' }, long), 'a'],
  ])('a valid node name is used: one %s', (_, run, name) => {
    expect(run().cluster.nodes[0]?.name).toBe(name)
  })
})
