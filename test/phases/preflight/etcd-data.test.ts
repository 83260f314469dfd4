import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeEtcd, fakeEtcd } from '../../../src/clients/etcd/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { localTransport } from '../../../src/host/local/transport.ts'
import { shellHost } from '../../../src/host/shell-host.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { etcdData } from '../../../src/phases/preflight/etcd-data.ts'
import type { NodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { oracleText } from '../../pki/oracle.ts'
import { fakeContext } from './fake-machine.ts'

const own = oracleText('ECDSA-P256/ca.crt')
const other = oracleText('RSA-2048/ca.crt')
const authentication = '/registry/configmaps/kube-system/extension-apiserver-authentication'
const clusterInfo = '/registry/configmaps/kube-public/cluster-info'
const endpoints = ['https://10.77.0.31:2379']
const apiserver = '/etc/kubernetes/manifests/kube-apiserver.yaml'

async function external(
  etcd: FakeEtcd | KadmError,
  ca: string | undefined = own,
  more: object = {},
  earlier: string[] = [],
) {
  const files = ca === '' ? {} : { '/etc/kubernetes/pki/ca.crt': ca }
  const cluster = makeCluster({ config: { etcd: { external: { endpoints } }, ...more } })
  const ctx = {
    ...fakeContext({ cluster, node: makeNode(), host: fakeHost({ files }) }),
    etcd: async () => {
      if (etcd instanceof KadmError) throw etcd
      return etcd
    },
  }
  const subject = { ctx, facts: {} as NodeFacts, earlier: { ...nothingEarlier, paths: new Set(earlier) } }
  return (await etcdData.run(subject)).map(({ level, message, remedy = '' }) => `${level}: ${message}; ${remedy}`)
}

describe('an external etcd', () => {
  const holding = (keys: Readonly<Record<string, string>>) => fakeEtcd({ keys })
  const kubeconfig = (ca: string) => `certificate-authority-data: ${Buffer.from(ca).toString('base64')}\n`

  it.each([
    ['no keys', {}, own],
    ['no keys when the host has no CA', {}, ''],
    ['keys of another program', { '/patroni/leader': 'x' }, ''],
    ['objects under another prefix', { '/registry2/x': 'x' }, ''],
    ['the objects of this CA', { [authentication]: `k8s\0${own}` }, own],
    ['the objects of this CA, before the CA was copied to the namespaces', { [clusterInfo]: kubeconfig(own) }, own],
  ])('preflight accepts an external etcd with %s', async (_, keys, ca) => {
    expect(await external(holding(keys), ca)).toEqual([])
  })

  it.each([
    ['of another CA', { [authentication]: `k8s\0${other}` }, own, /another CA than \/etc\/kubernetes\/pki\/ca\.crt/],
    ['of another CA in a kubeconfig', { [clusterInfo]: kubeconfig(other) }, own, /another CA than/],
    ['of any CA while this host has none', { [authentication]: own }, '', /init would make a new one/],
    ['that are encrypted', { [authentication]: 'k8s:enc:aescbc:x' }, own, /cannot be matched/],
  ])('preflight refuses an external etcd with objects %s', async (_, keys, ca, message) => {
    const findings = await external(holding(keys), ca)
    expect(findings).toEqual([expect.stringMatching(message)])
    expect(findings[0]).toMatch(/^error: the external etcd at https:.*etcdctl del --prefix \/registry\//)
  })

  it('preflight checks an external etcd below the prefix that the API server uses', async () => {
    const more = { apiServer: { extraArgs: [{ name: 'etcd-prefix', value: 'two/' }] } }
    expect(await external(holding({ '/registry/x': 'x' }), '', more)).toEqual([])
    expect(await external(holding({ '/two/x': 'x' }), '', more)).toHaveLength(1)
  })

  it('preflight accepts objects without a CA in an external etcd after an interrupted init of this cluster', async () => {
    expect(await external(holding({ '/registry/x': 'x' }), own, {}, [apiserver])).toEqual([])
    expect(await external(holding({ [authentication]: other }), own, {}, [apiserver])).toHaveLength(1)
  })

  it('preflight warns of an unreachable external etcd and leaves a missing client certificate to another check', async () => {
    const error = (code: KadmError['code']) => new KadmError(code, 'connection refused')
    expect(await external(error('ETCD_UNREACHABLE'))).toEqual([expect.stringMatching(/^warning: .*connection refused/)])
    expect(await external(error('CERT_INVALID'))).toEqual([expect.stringMatching(/^skipped/)])
    await expect(external(error('HOST_UNREACHABLE'))).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
  })
})

describe('data of etcd on the host', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'kadm-etcd-data-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  async function local(db: string | undefined, ca: string, earlier = false) {
    const dataDir = join(dir, 'etcd')
    rmSync(dataDir, { recursive: true, force: true })
    mkdirSync(join(dataDir, 'member', 'snap'), { recursive: true })
    mkdirSync(join(dataDir, 'member', 'wal'))
    writeFileSync(join(dataDir, 'member', 'wal', '0.wal'), '\0wal')
    if (db !== undefined) writeFileSync(join(dataDir, 'member', 'snap', 'db'), `\0\x01${db}\xff\0`, 'latin1')
    mkdirSync(join(dir, 'pki'), { recursive: true })
    if (ca !== '') writeFileSync(join(dir, 'pki', 'ca.crt'), ca)
    else rmSync(join(dir, 'pki', 'ca.crt'), { force: true })
    const config = { etcd: { local: { dataDir } }, certificatesDir: join(dir, 'pki') }
    const host = shellHost('here', localTransport())
    const ctx = fakeContext({ cluster: makeCluster({ config }), node: makeNode(), host })
    const facts = { paths: new Map([[dataDir, 'filled-dir']]) } as unknown as NodeFacts
    const paths = new Set(earlier ? [dataDir] : [])
    return (await etcdData.run({ ctx, facts, earlier: { ...nothingEarlier, paths } })).map(({ message }) => message)
  }
  const key = '/registry/configmaps/kube-system/extension-apiserver-authentication'

  it.each([
    ['no objects', 'members', own, 0],
    ['no file of objects', undefined, '', 0],
    ['those of this CA', `${key} ${own}`, own, 0],
    ['those of another CA', `${key} ${other}`, own, 1],
    ['those of a cluster when the host has no CA', `${key} ${own}`, '', 1],
  ])('preflight refuses local etcd data only with the objects of another cluster: %s', async (_, db, ca, faults) => {
    expect(await local(db, ca)).toHaveLength(faults)
  })

  it('preflight accepts the local etcd data of an earlier run of the same init', async () => {
    expect(await local(`${key} ${other}`, own, true)).toEqual([])
  })
})
