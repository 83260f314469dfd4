import { afterEach, describe, expect, it } from 'vitest'
import type { ReportedCertificate } from '../../../src/cluster/certificate-report.ts'
import { paths } from '../../../src/cluster/paths.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { readHostCertificates } from '../../../src/observe/cluster/host-certificates.ts'
import { type ApiServer, apiServer } from '../../clients/https/api-server.ts'
import { authority, type Issued } from '../../clients/https/authority.ts'
import { makeConfig } from '../../fixtures/cluster.ts'

const ca = authority('kubernetes')
const other = authority('kubernetes')
const now = new Date()
const half = { days: [-1, 0.5] as const }
const leaf = ca.issue('kube-apiserver', half)
const client = ca.issue('system:node:cp1', half)
const base64 = (text: string) => Buffer.from(text).toString('base64')

function kubeconfig({ cert, key }: Issued, trusted = ca.cert): string {
  return `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}],
clusters: [{name: k, cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: ${base64(trusted)}}}],
users: [{name: u, user: {client-certificate-data: ${base64(cert)}, client-key-data: ${base64(key)}}}]}`
}

const pem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
const kubeletConf = kubeconfig(client).replace(
  /client-certificate-data.*$/m,
  `client-certificate: ${pem}, client-key: ${pem}}}]}`,
)
const caFiles = { '/etc/kubernetes/pki/ca.crt': ca.cert, '/etc/kubernetes/pki/ca.key': ca.key }

async function look(files: Record<string, string>, connect?: Awaited<ReturnType<typeof connectLocal>>['connect']) {
  const host = fakeHost({ name: 'cp1', files: { ...caFiles, ...files } })
  const { certificates } = await readHostCertificates(connect === undefined ? host : { ...host, connect }, {
    ...{ config: makeConfig(), now, node: { name: 'cp1', advertiseAddress: '10.0.0.1' } },
  })
  return certificates.filter(({ missing }) => !missing)
}

const of = (found: readonly ReportedCertificate[], name: string) => found.find(one => one.name === name)

describe('the certificates that kubeadm does not list', () => {
  it('the client certificate of the kubelet is read from the file that kubelet.conf names', async () => {
    const found = await look({ [`${paths.kubernetesDir}/kubelet.conf`]: kubeletConf, [pem]: client.cert + client.key })
    expect(of(found, 'kubelet-client')).toMatchObject({ kind: 'other', from: pem, caName: 'ca', problems: [] })
  })

  it.each([
    ['made by the kubelet itself', { 'kubelet.crt': other.issue('cp1', half) }, 'kubelet.crt', []],
    [
      'from a signing request',
      { 'kubelet-server-current.pem': ca.issue('cp1', half) },
      'kubelet-server-current.pem',
      [],
    ],
    [
      'from a signing request that another CA signed',
      { 'kubelet-server-current.pem': other.issue('cp1', half) },
      'kubelet-server-current.pem',
      [expect.stringContaining('another CA of that name')],
    ],
  ])('the serving certificate of the kubelet is reported when it is %s', async (_, made, name, problems) => {
    const files = Object.entries(made).flatMap(([file, { cert, key }]) =>
      file.endsWith('.crt')
        ? [
            [`${paths.kubeletPkiDir}/${file}`, cert],
            [`${paths.kubeletPkiDir}/kubelet.key`, key],
          ]
        : [[`${paths.kubeletPkiDir}/${file}`, cert + key]],
    )
    const found = await look(Object.fromEntries(files))
    expect(of(found, 'kubelet-server')).toMatchObject({ from: `${paths.kubeletPkiDir}/${name}`, problems })
  })

  it('the serving certificate of the kubelet is the one that its configuration sets', async () => {
    const own = other.issue('cp1', half)
    const config = 'tlsCertFile: /srv/k.crt\ntlsPrivateKeyFile: /srv/k.key\n'
    const found = await look({ [paths.kubeletConfig]: config, '/srv/k.crt': own.cert, '/srv/k.key': leaf.key })
    expect(of(found, 'kubelet-server')).toMatchObject({
      from: '/srv/k.crt',
      problems: ['does not belong to the key in /srv/k.key'],
    })
  })

  it('a kubeconfig of the operator is reported with a CA that is not that of the host', async () => {
    const found = await look({
      '/root/.kube/config': kubeconfig(other.issue('jane', half), other.cert),
      '/etc/kubernetes/konnectivity-server.conf': kubeconfig(ca.issue('system:konnectivity-server', half)),
    })
    expect(of(found, '/root/.kube/config')?.problems).toEqual([
      expect.stringContaining('another CA of that name'),
      'does not trust the cluster CA of this host',
    ])
    expect(of(found, 'konnectivity-server.conf')?.problems).toEqual([])
  })
})

describe('the certificates of kubeadm with problems', () => {
  const crt = '/etc/kubernetes/pki/apiserver.crt'
  const key = '/etc/kubernetes/pki/apiserver.key'
  it.each([
    ['a certificate that cannot be read', { [crt]: 'garbage', [key]: leaf.key }, /holds no certificate/],
    ['a key that cannot be read', { [crt]: leaf.cert, [key]: 'garbage' }, /holds no private key/],
    ['a key of another certificate', { [crt]: leaf.cert, [key]: client.key }, /does not belong to the key/],
    ['names that the configuration does not ask for', { [crt]: leaf.cert, [key]: leaf.key }, /is not valid for .*cp1/],
    [
      'a CA without a certificate',
      { [crt]: leaf.cert, [key]: leaf.key, '/etc/kubernetes/pki/ca.crt': '' },
      /its CA certificate/,
    ],
  ])('the report of a host names %s and is complete', async (_, files, problem) => {
    const found = await look({ ...files, '/etc/kubernetes/admin.conf': kubeconfig(client) })
    expect(of(found, 'apiserver')?.problems.join('\n')).toMatch(problem)
    expect(of(found, 'admin.conf')).toBeDefined()
  })
})

describe('the certificates that servers present', () => {
  const servers: ApiServer[] = []
  afterEach(() => Promise.all(servers.splice(0).map(server => server.stop())))

  it.each([
    ['the same as in its file', leaf, 'same', []],
    [
      'another one',
      ca.issue('kube-apiserver', half),
      'differs',
      [expect.stringContaining('restart it to use the file')],
    ],
    [
      'one that has expired',
      ca.issue('kube-apiserver', { days: [-9, -3] }),
      'differs',
      [expect.stringContaining('that expired on'), expect.anything()],
    ],
  ] as const)(
    'a server is compared with its file when it presents %s',
    async (_, served, onDisk, problems, path: string = '/etc/kubernetes/pki/apiserver.crt') => {
      const server = await apiServer(served, () => undefined)
      servers.push(server)
      const flags = `["--advertise-address=127.0.0.1", "--secure-port=${server.port}", "--tls-cert-file=${path}"]`
      const pod = `{metadata: {name: kube-apiserver}, spec: {containers: [{name: kube-apiserver, image: "x:1", command: ${flags}}]}}`
      const files = { [paths.manifest('kube-apiserver')]: pod, [path]: leaf.cert }
      const found = await look(files, (await connectLocal()).connect)
      expect(of(found, 'kube-apiserver')).toMatchObject({ kind: 'served', onDisk, problems })
      expect(of(found, 'kube-apiserver-server')?.from).toBe(path.startsWith('/srv') ? path : undefined)
    },
  )
})
