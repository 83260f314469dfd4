import { describe, expect, it } from 'vitest'
import { pairOf } from '../../../src/cluster/node-files.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { certificateFaults } from '../../../src/observe/pki/left-certificates.ts'
import { certsOf } from '../../../src/pki/cert-table.ts'
import { issueFromTable } from '../../../src/pki/issue-from-table.ts'
import { generateKey, privateKeyPem } from '../../../src/pki/keys.ts'
import { kubeconfigTable } from '../../../src/pki/kubeconfig-table.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

const now = new Date('2026-03-01T12:00:00Z')
const node = makeNode()
const base = makeCluster()
const cluster = { ...base, config: { ...base.config, encryptionAlgorithm: 'ECDSA-P256' as const } }
const files = await wholePki()

/** Every certificate of a control plane, as paths and contents. */
async function wholePki(): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  const issuers = new Map<string, Parameters<typeof issueFromTable>[1]['issuer']>()
  for (const spec of [...certsOf(cluster)].sort(spec => (spec.signedBy === undefined ? -1 : 1))) {
    const key = await generateKey('ECDSA-P256')
    const issuer = issuers.get(spec.signedBy ?? '')
    const certificate = issueFromTable(spec, { cluster, node, key, startedAt: now, ...(issuer && { issuer }) })
    issuers.set(spec.name, { certificate, key })
    const path = pairOf(cluster.config.certificatesDir, spec.name)
    made.set(path.certificate, certificate.pem).set(path.key, privateKeyPem(key).reveal())
  }
  for (const { name } of kubeconfigTable) made.set(`/etc/kubernetes/${name}`, 'there')
  return made
}

function machine(without: readonly string[], change: Readonly<Record<string, string>> = {}): HostReader {
  const content = new Map([...files, ...Object.entries(change)].filter(([path]) => !without.includes(path)))
  return {
    name: 'cp1',
    readFile: async (path: string) => (content.has(path) ? Buffer.from(content.get(path) ?? '') : undefined),
    stat: async (path: string) => (content.has(path) ? { kind: 'file' } : undefined),
    list: async (dir: string) => [...content.keys()].filter(path => path.startsWith(`${dir}/`)),
  } as unknown as HostReader
}

const pki = '/etc/kubernetes/pki'

describe('certificateFaults', () => {
  it.each([
    ['a whole set', [], {}, []],
    ['a host without certificates', [...files.keys()], {}, []],
    ['an external CA with all that it signs', [`${pki}/ca.key`], {}, []],
    ['a key whose certificate was not written yet', [`${pki}/apiserver.crt`], {}, []],
  ])('certificateFaults returns an empty list for %s', async (_, without, change, wanted) => {
    expect(await certificateFaults(machine(without, change), cluster, node, now)).toEqual(wanted)
  })

  it('certificateFaults lists every file that an external CA has not signed yet', async () => {
    const without = [`${pki}/ca.key`, `${pki}/apiserver.crt`, `${pki}/apiserver.key`, '/etc/kubernetes/admin.conf']
    const faults = await certificateFaults(machine(without), cluster, node, now)
    expect(faults.map(fault => fault.field)).toEqual([`${pki}/apiserver.crt`, '/etc/kubernetes/admin.conf'])
  })

  it('certificateFaults names the request of each file whose key waits for its certificate', async () => {
    const name = { cluster: { server: 'https://x' }, name: 'k' }
    const conf = JSON.stringify({
      clusters: [name],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      'current-context': 'c',
      users: [{ name: 'u', user: { 'client-key-data': 'eA==' } }],
    })
    const without = [`${pki}/ca.key`, `${pki}/apiserver.crt`]
    const faults = await certificateFaults(machine(without, { '/etc/kubernetes/admin.conf': conf }), cluster, node, now)
    expect(faults.map(({ remedy }) => remedy)).toEqual([
      expect.stringMatching(/^sign \/etc\/kubernetes\/pki\/apiserver\.csr with `kadm certs sign-csr`/),
      expect.stringMatching(/^sign \/etc\/kubernetes\/admin\.conf\.csr with /),
    ])
  })

  const ca = files.get(`${pki}/ca.crt`) ?? ''
  const other = files.get(`${pki}/etcd/ca.crt`) ?? ''
  const elsewhere = { name: 'cluster-signing-cert-file', value: '/etc/kubernetes/pki/signing.crt' }
  it.each<[string, string, string, readonly string[], RegExp | undefined]>([
    ['two certificates in ca.crt', 'ca.crt', ca + other, [], /accepts exactly one/],
    ['the same certificate twice', 'ca.crt', ca + ca, [], /accepts exactly one/],
    ['the signing certificate last', 'ca.crt', other + ca, [], /the key belongs to number 2/],
    ['two certificates that do not belong to the key', 'ca.crt', other + other, [], /does not belong to/],
    ['two certificates and no key, which cannot sign', 'ca.crt', ca + other, [`${pki}/ca.key`], undefined],
    ['two certificates in the CA of etcd, which are only trusted', 'etcd/ca.crt', other + ca, [], undefined],
    ['the signing certificate last in the CA of etcd', 'etcd/ca.crt', ca + other, [], /the key belongs to number 2/],
  ])('certificateFaults checks a CA file with %s', async (_, name, text, without, expected) => {
    const found = await certificateFaults(machine(without, { [`${pki}/${name}`]: text }), cluster, node, now)
    const problem = found.find(({ field, message }) => field === `${pki}/${name}` || message.includes(name))
    expect(problem?.message).toEqual(expected === undefined ? undefined : expect.stringMatching(expected))
  })

  it('certificateFaults accepts a CA file with two certificates when the cluster signs with another file', async () => {
    const config = { ...cluster.config, controllerManager: { extraArgs: [elsewhere] } }
    const found = machine([], { [`${pki}/ca.crt`]: ca + other })
    expect(await certificateFaults(found, { ...cluster, config }, node, now)).toEqual([])
  })

  it('certificateFaults lists the faults of several pairs together', async () => {
    const swapped = { [`${pki}/apiserver.key`]: files.get(`${pki}/ca.key`) ?? '', [`${pki}/etcd/peer.crt`]: 'junk' }
    const faults = await certificateFaults(machine([], swapped), cluster, node, now)
    expect(faults.map(fault => fault.message)).toEqual([
      `${pki}/apiserver.key does not belong to ${pki}/apiserver.crt`,
      expect.stringContaining(`${pki}/etcd/peer.crt holds no certificate`),
    ])
  })
})
