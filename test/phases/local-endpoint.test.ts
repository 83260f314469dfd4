import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { useLocalEndpoint } from '../../src/phases/kubelet-finalize/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderKubeconfig, renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { oracleText } from '../pki/oracle.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const cluster = quickCluster({ nodes: [makeNode({ name: 'cp2', advertiseAddress: '10.77.0.12' })] })
const path = '/etc/kubernetes/kubelet.conf'
const certificate = '/var/lib/kubelet/pki/kubelet-client-current.pem'
const caPem = oracleText('ECDSA-P256/ca.crt')
const own = 'https://10.77.0.12:6443'
const restart = ['exec systemctl daemon-reload', 'exec systemctl restart kubelet']

/** A machine whose kubelet runs since the first second of 2020, and what it knows of its cluster since `written`. */
async function machine(content: string | ReturnType<typeof renderKubeconfig>, written = '2019-12-31') {
  const unit = 'ActiveState=active\nMainPID=7\nExecMainStartTimestampMonotonic=1000000\nUptime=1\nNow=1577836800'
  const commands = ({ verb }: { readonly verb: string }) => (verb === 'query' ? { stdout: unit } : 0)
  const host = fakeHost({ commands, now: () => new Date(written) })
  await host.writeFile({ path, content, mode: 0o600 })
  return host
}

describe('kubelet-finalize/local-endpoint', () => {
  it('points a kubelet that joined through the cluster at its own API server, and starts it again', async () => {
    const host = await machine(
      renderKubeletKubeconfig({ server: 'https://api.example.com:6443', caPem, certificate }),
      '2020-01-02',
    )
    const { changes } = await runPhase(useLocalEndpoint, { cluster, host })
    expect(changes).toEqual([`file ${path}`, ...restart])
    const text = Buffer.from((await host.readFile(path)) ?? '').toString()
    expect(parseKubeconfig(text)).toMatchObject({
      server: own,
      caPem,
      user: 'system:node:cp2',
      clientCertFile: certificate,
      clientKeyFile: certificate,
    })
    expect((await host.stat(path))?.mode).toBe(0o600)
  })

  it('leaves a kubelet alone that asked there for its certificate, as kubeadm has it', async () => {
    const host = await machine(renderKubeletKubeconfig({ server: own, caPem, certificate }))
    expect((await runPhase(useLocalEndpoint, { cluster, host })).changes).toEqual([])
  })

  it.each([
    ['starts a kubelet again that an earlier run pointed there and did not start', '2020-01-02', restart],
    ['leaves a kubelet alone that was started since it was pointed there', '2019-12-31', []],
  ])('%s', async (_, written, changes) => {
    const files = { clientCertificate: certificate, clientKey: certificate }
    const text = renderKubeconfig({ clusterName: 'kubernetes', server: own, caPem, user: 'system:node:cp2', ...files })
    const host = await machine(text, written)
    expect((await runPhase(useLocalEndpoint, { cluster, host })).changes).toEqual(changes)
  })

  it('leaves credentials alone that are in the file itself', async () => {
    const pair = { clientCertPem: oracleText('ECDSA-P256/apiserver-kubelet-client.crt'), clientKeyPem: 'x' }
    const text = renderKubeconfig({ clusterName: 'kubernetes', server: 'https://x:1', caPem, user: 'u', ...pair })
    expect((await runPhase(useLocalEndpoint, { cluster, host: await machine(text) })).changes).toEqual([])
  })
})
