import { beforeAll, describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { enableClientCertRotation, useLocalEndpoint } from '../../src/phases/kubelet-finalize/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderKubeconfig, renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { oracleText } from '../pki/oracle.ts'
import { caPem, currentPem, kubeletConf, machine, restarted } from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

describe('kubelet-finalize/enable-client-cert-rotation', () => {
  let kubelet: string
  beforeAll(() => {
    kubelet = oracleText('ECDSA-P256/kubelet.conf')
  })

  it('enable-client-cert-rotation sets the rotated certificate of the kubelet in kubelet.conf', async () => {
    const host = machine({ [kubeletConf]: kubelet, [currentPem]: 'certificate' })
    const { changes } = await runPhase(enableClientCertRotation, { host })
    expect(changes).toEqual([`file ${kubeletConf}`, ...restarted])
    const made = parseKubeconfig(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString())
    expect(made).toMatchObject({ clientCertFile: currentPem, server: parseKubeconfig(kubelet).server })
    expect(made.clientKeyPem).toBeUndefined()
  })

  it('enable-client-cert-rotation keeps all other fields of a custom kubelet.conf', async () => {
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

  it('enable-client-cert-rotation keeps kubelet.conf while the rotated certificate does not exist', async () => {
    expect((await runPhase(enableClientCertRotation, { host: machine({ [kubeletConf]: kubelet }) })).changes).toEqual(
      [],
    )
  })

  it('enable-client-cert-rotation uses the certificate directory that is set for the kubelet', async () => {
    const args = [{ name: 'cert-dir', value: '/srv/kubelet' }]
    const moved = quickCluster({ nodes: [makeNode({ kubeletExtraArgs: args })] })
    const host = machine({ [kubeletConf]: kubelet, '/srv/kubelet/kubelet-client-current.pem': 'certificate' })
    await runPhase(enableClientCertRotation, { cluster: moved, host })
    expect(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString()).toContain(
      '/srv/kubelet/kubelet-client-current.pem',
    )
  })
})

const cp2 = quickCluster({ nodes: [makeNode({ name: 'cp2', advertiseAddress: '10.77.0.12' })] })
const own = 'https://10.77.0.12:6443'

/** A host whose kubelet has run since the first second of 2020, and its kubeconfig since `written`. */
async function startedIn2020(content: string | ReturnType<typeof renderKubeconfig>, written = '2019-12-31') {
  const unit = 'ActiveState=active\nMainPID=7\nExecMainStartTimestampMonotonic=1000000\nUptime=1\nNow=1577836800'
  const commands = ({ verb }: { readonly verb: string }) => (verb === 'query' ? { stdout: unit } : 0)
  const host = fakeHost({ commands, now: () => new Date(written) })
  await host.writeFile({ path: kubeletConf, content, mode: 0o600 })
  return host
}

describe('kubelet-finalize/local-endpoint', () => {
  it('local-endpoint sets the local API server in kubelet.conf and restarts the kubelet', async () => {
    const host = await startedIn2020(
      renderKubeletKubeconfig({ server: 'https://api.example.com:6443', caPem, certificate: currentPem }),
      '2020-01-02',
    )
    const { changes } = await runPhase(useLocalEndpoint, { cluster: cp2, host })
    expect(changes).toEqual([`file ${kubeletConf}`, ...restarted])
    const text = Buffer.from((await host.readFile(kubeletConf)) ?? '').toString()
    expect(parseKubeconfig(text)).toMatchObject({
      server: own,
      caPem,
      user: 'system:node:cp2',
      clientCertFile: currentPem,
      clientKeyFile: currentPem,
    })
    expect((await host.stat(kubeletConf))?.mode).toBe(0o600)
  })

  it('local-endpoint keeps a kubelet.conf that already uses the local API server, like kubeadm', async () => {
    const host = await startedIn2020(renderKubeletKubeconfig({ server: own, caPem, certificate: currentPem }))
    expect((await runPhase(useLocalEndpoint, { cluster: cp2, host })).changes).toEqual([])
  })

  it.each([
    ['restarts a kubelet that an earlier run reconfigured but did not restart', '2020-01-02', restarted],
    ['keeps a kubelet that was restarted after the change', '2019-12-31', []],
  ])('local-endpoint %s', async (_, written, changes) => {
    const files = { clientCertificate: currentPem, clientKey: currentPem }
    const text = renderKubeconfig({ clusterName: 'kubernetes', server: own, caPem, user: 'system:node:cp2', ...files })
    const host = await startedIn2020(text, written)
    expect((await runPhase(useLocalEndpoint, { cluster: cp2, host })).changes).toEqual(changes)
  })

  it('local-endpoint names the file of a kubelet that rotates a certificate which was embedded', async () => {
    const pair = { clientCertPem: oracleText('ECDSA-P256/apiserver-kubelet-client.crt'), clientKeyPem: 'x' }
    const text = renderKubeconfig({ clusterName: 'k', server: 'https://other:6443', caPem, user: 'u', ...pair })
    const host = await startedIn2020(text, '2020-01-02')
    await host.writeFile({ path: currentPem, content: 'pem' })
    await runPhase(useLocalEndpoint, { cluster: cp2, host })
    const conf = parseKubeconfig(Buffer.from((await host.readFile(kubeletConf)) ?? '').toString())
    expect(conf).toMatchObject({ server: own, clientCertFile: currentPem, clientKeyFile: currentPem })
  })

  it('local-endpoint keeps a kubelet.conf with embedded credentials', async () => {
    const pair = { clientCertPem: oracleText('ECDSA-P256/apiserver-kubelet-client.crt'), clientKeyPem: 'x' }
    const text = renderKubeconfig({ clusterName: 'kubernetes', server: 'https://x:1', caPem, user: 'u', ...pair })
    expect((await runPhase(useLocalEndpoint, { cluster: cp2, host: await startedIn2020(text) })).changes).toEqual([])
  })
})
