import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { enableClientCertRotation } from '../../src/phases/kubelet-finalize/index.ts'
import { joinKubeletStart, kubeletStart } from '../../src/phases/kubelet-start/index.ts'
import { kubeletWaitBootstrap } from '../../src/phases/kubelet-wait-bootstrap/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderBootstrapKubeconfig, renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { authority } from '../clients/https/authority.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { oracleText } from '../pki/oracle.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const caPem = oracleText('ECDSA-P256/ca.crt')
const server = 'https://10.77.0.11:6443'
const bootstrapConf = '/etc/kubernetes/bootstrap-kubelet.conf'
const kubeletConf = '/etc/kubernetes/kubelet.conf'
const currentPem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
const cluster = quickCluster({ nodes: [makeNode({ name: 'w1', role: 'worker' })] })
const discovered: Discovered = {
  server,
  ca: caPem,
  bootstrapKubeconfig: renderBootstrapKubeconfig({ clusterName: 'kubernetes', server, caPem, token: 'abcdef.x' }),
}
const restarted = ['exec systemctl daemon-reload', 'exec systemctl restart kubelet']

/** A machine whose kubelet is stopped, or answers on its health port. */
function machine(files: Record<string, string> = {}, health = 200): FakeHost {
  const commands = ({ argv, verb }: { readonly argv: readonly string[]; readonly verb: string }) =>
    verb === 'query' ? { stdout: argv[0] === 'sh' ? 'ActiveState=inactive\nMainPID=0\n' : '' } : 0
  const connect = () => {
    const [near, far] = duplexPair()
    createServer((_, response) => response.writeHead(health).end()).emit('connection', far)
    return near
  }
  return fakeHost({ files, commands, connect })
}

/** The same machine, whose kubelet has run since after all its files were written. */
function running(host: FakeHost): FakeHost {
  const soon = Date.now() / 1000 + 60
  const facts = ['LoadState=loaded', 'ActiveState=active', 'ExecMainStartTimestampMonotonic=1000000', 'MainPID=7']
  const stdout = [...facts, 'Uptime=1', `Now=${soon}`, ''].join('\n')
  const query: FakeHost['query'] = (argv, opts) =>
    argv[2]?.includes('systemctl show') ? Promise.resolve({ code: 0, stdout, stderr: '' }) : host.query(argv, opts)
  return { ...host, query }
}

const unauthorized = new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })

function node(status: 'True' | 'False'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'w1' },
    status: { conditions: [{ type: 'Ready', status }] },
  }
}

describe('kubelet-start of init', () => {
  it('writes configuration and flags, and the folder of manifests before the kubelet looks for it', async () => {
    const { changes } = await runPhase(kubeletStart, { host: machine() })
    expect(changes.slice(-2)).toEqual(restarted)
    expect([...changes].sort()).toEqual([
      'dir /etc/kubernetes/manifests',
      'dir /var/lib/kubelet',
      ...restarted,
      'file /var/lib/kubelet/config.yaml',
      'file /var/lib/kubelet/instance-config.yaml',
      'file /var/lib/kubelet/kubeadm-flags.env',
    ])
  })
})

describe('kubelet-start of join', () => {
  it('gives the kubelet its CA and credentials, for root alone to read', async () => {
    const host = machine()
    const { changes } = await runPhase(joinKubeletStart, { cluster, host, discovered })
    expect(changes).toEqual(
      expect.arrayContaining([`file ${bootstrapConf}`, 'file /etc/kubernetes/pki/ca.crt', ...restarted]),
    )
    expect(await host.stat(bootstrapConf)).toMatchObject({ mode: 0o600 })
  })

  it('refuses a name that a ready Node has, before it writes anything', async () => {
    const host = machine()
    const kube = fakeKube({ objects: [node('True')] })
    await expect(runPhase(joinKubeletStart, { cluster, host, kube, discovered })).rejects.toMatchObject({
      code: 'NODE_EXISTS',
      message: 'a Node with name "w1" and status "Ready" already exists in the cluster',
      hint: expect.stringContaining('`kadm node remove w1 --host …`'),
    })
    expect(await host.list('/etc')).toEqual([])
  })

  it('takes over the name of a Node that is not ready', async () => {
    const kube = fakeKube({ objects: [node('False')] })
    const { changes } = await runPhase(joinKubeletStart, { cluster, host: machine(), kube, discovered })
    expect(changes).toContain(`file ${bootstrapConf}`)
  })

  it('keeps a CA that is there', async () => {
    const host = machine({ '/etc/kubernetes/pki/ca.crt': caPem })
    const { changes } = await runPhase(joinKubeletStart, { cluster, host, discovered })
    expect(changes).not.toContain('file /etc/kubernetes/pki/ca.crt')
  })

  it('asks for no credentials again where the kubelet has them, even when its Node is ready', async () => {
    const clientCertPem = oracleText('ECDSA-P256/kubelet.conf')
    const own = parseKubeconfig(clientCertPem)
    const conf = renderKubeconfig({
      clusterName: 'k',
      server,
      caPem,
      user: 'u',
      clientCertPem: own.clientCertPem ?? '',
      clientKeyPem: 'k',
    })
    const name = 'cp-1'
    const mine = quickCluster({ nodes: [makeNode({ name, role: 'worker' })] })
    const kube = fakeKube({ objects: [{ ...node('True'), metadata: { name } }] })
    const host = machine({ [kubeletConf]: conf.reveal() })
    const { changes } = await runPhase(joinKubeletStart, { cluster: mine, host, kube, discovered })
    expect(changes).not.toContain(`file ${bootstrapConf}`)
  })

  it.each([
    ['has no Node any more: it registers only as it starts', fakeKube(), true],
    ['has its Node', fakeKube({ objects: [{ ...node('True'), metadata: { name: 'cp-1' } }] }), false],
    ['does not tell, as with a token that is over', fakeKube({ fail: () => unauthorized }), false],
  ])('starts a kubelet that runs again where the cluster %s', async (_, kube, starts) => {
    const mine = quickCluster({ nodes: [makeNode({ name: 'cp-1', role: 'worker' })] })
    const host = machine({ [kubeletConf]: oracleText('ECDSA-P256/kubelet.conf'), '/etc/kubernetes/pki/ca.crt': caPem })
    await runPhase(joinKubeletStart, { cluster: mine, host, discovered, kube: fakeKube() })
    const { changes } = await runPhase(joinKubeletStart, { cluster: mine, host: running(host), kube, discovered })
    expect(changes).toEqual(starts ? ['exec systemctl restart kubelet'] : [])
  })
})

describe('kubelet-wait-bootstrap', () => {
  const own = { clientCertificate: currentPem, clientKey: currentPem }
  const conf = renderKubeconfig({ clusterName: 'k', server, caPem, user: 'u', ...own }).reveal()

  const registered = fakeKube({ objects: [node('False')] })
  const ranOut = authority().issue('w1', { days: [-2, -1], algorithm: 'ec' }).cert

  it('ends once kubelet.conf names a certificate that is there, and removes the bootstrap credentials', async () => {
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate', [bootstrapConf]: 'token' })
    const { changes } = await runPhase(kubeletWaitBootstrap, { cluster, host, kube: registered })
    expect(changes).toEqual([`remove ${bootstrapConf}`])
  })

  it('waits for the Node of a worker, and not for that of a control plane', async () => {
    const files = { [kubeletConf]: conf, [currentPem]: 'certificate' }
    await runPhase(kubeletWaitBootstrap, { cluster: quickCluster(), host: machine(files), kube: fakeKube() })
    let looks = 0
    const kube: FakeKube = {
      ...registered,
      get: ref => (++looks < 4 ? Promise.resolve(undefined) : registered.get(ref)),
    }
    await runPhase(kubeletWaitBootstrap, { cluster, host: machine(files), kube })
    expect(looks).toBe(4)
  })

  it('says that a Node did not come, and which field gives it more time', async () => {
    const request = { timeouts: { ...makeRequest().timeouts, kubernetesAPICall: 20 } }
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate' })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host, kube: fakeKube() })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^registration of the Node w1 by its kubelet did not happen/),
      hint: expect.stringContaining('timeouts.kubernetesAPICall'),
    })
  })

  it('refuses a certificate that is for the Node of another name', async () => {
    const other = authority().issue('system:node:other', { algorithm: 'ec' }).cert
    const host = machine({ [kubeletConf]: conf, [currentPem]: other })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, host, kube: registered })).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringMatching(/a certificate for the Node other, and not for w1$/),
      hint: expect.stringMatching(/hostname-override.*--node-name other/),
    })
  })

  it.each([
    ['kubelet.conf is not there', {}],
    ['its certificate is not there', { [kubeletConf]: conf }],
    ['its certificate is empty, as a dry run records it', { [kubeletConf]: conf, [currentPem]: '' }],
    ['its certificate has run out', { [kubeletConf]: conf, [currentPem]: ranOut }],
  ])('times out while %s, and removes the bootstrap credentials all the same', async (_, files) => {
    const request = { timeouts: { ...makeRequest().timeouts, tlsBootstrap: 20 } }
    const host = machine({ ...files, [bootstrapConf]: 'token' })
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^TLS bootstrap of the kubelet at \S.* did not happen/),
    })
    expect(await host.stat(bootstrapConf)).toBeUndefined()
  })

  it('times out while the kubelet is not healthy', async () => {
    const request = { timeouts: { ...makeRequest().timeouts, kubeletHealthCheck: 20 } }
    const host = machine({ [kubeletConf]: conf, [currentPem]: 'certificate' }, 500)
    await expect(runPhase(kubeletWaitBootstrap, { cluster, request, host })).rejects.toMatchObject({
      message: expect.stringContaining('a healthy kubelet did not happen'),
    })
  })
})

describe('kubelet-finalize/enable-client-cert-rotation', () => {
  let kubelet: string
  beforeAll(() => {
    kubelet = oracleText('ECDSA-P256/kubelet.conf')
  })

  it('points kubelet.conf at the certificate that the kubelet renews', async () => {
    const host = machine({ [kubeletConf]: kubelet, [currentPem]: 'certificate' })
    const { changes } = await runPhase(enableClientCertRotation, { host })
    expect(changes).toEqual([`file ${kubeletConf}`, ...restarted])
    const made = parseKubeconfig(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString())
    expect(made).toMatchObject({ clientCertFile: currentPem, server: parseKubeconfig(kubelet).server })
    expect(made.clientKeyPem).toBeUndefined()
  })

  it('keeps all else of a file that the operator brought', async () => {
    const brought = kubelet.replace(
      /certificate-authority-data: .*/,
      'certificate-authority: /etc/kubernetes/pki/ca.crt\n    tls-server-name: k8s.example',
    )
    const host = machine({ [kubeletConf]: brought, [currentPem]: 'certificate' })
    await runPhase(enableClientCertRotation, { host })
    const made = parseKubeconfig(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString())
    expect(made).toMatchObject({
      caFile: '/etc/kubernetes/pki/ca.crt',
      tlsServerName: 'k8s.example',
      clientKeyFile: currentPem,
    })
  })

  it('leaves kubelet.conf as it is while there is no such certificate', async () => {
    expect((await runPhase(enableClientCertRotation, { host: machine({ [kubeletConf]: kubelet }) })).changes).toEqual(
      [],
    )
  })

  it('looks where the kubelet was told to keep its certificates', async () => {
    const args = [{ name: 'cert-dir', value: '/srv/kubelet' }]
    const moved = quickCluster({ nodes: [makeNode({ kubeletExtraArgs: args })] })
    const host = machine({ [kubeletConf]: kubelet, '/srv/kubelet/kubelet-client-current.pem': 'certificate' })
    await runPhase(enableClientCertRotation, { cluster: moved, host })
    expect(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString()).toContain(
      '/srv/kubelet/kubelet-client-current.pem',
    )
  })
})
