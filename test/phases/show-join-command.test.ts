import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { secret } from '../../src/cluster/secret.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { bootstrapToken } from '../../src/phases/bootstrap-token/index.ts'
import { showJoinCommand } from '../../src/phases/show-join-command/index.ts'
import { parseCertificate, spkiHash } from '../../src/pki/certificate.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { oracleText } from '../pki/oracle.ts'
import { runPhase } from './run-phase.ts'

const caPem = oracleText('ECDSA-P256/ca.crt')
const hash = spkiHash(parseCertificate(caPem))
const path = '/etc/kubernetes/admin.conf'
const pair = { clientCertPem: 'certificate', clientKeyPem: 'key' }
const adminConf = (server: string) =>
  renderKubeconfig({ clusterName: 'kubernetes', server, caPem, user: 'kubernetes-admin', ...pair }).reveal()
const token = {
  token: secret('abcdef.0123456789abcdef'),
  ttl: 86_400_000,
  usages: ['authentication', 'signing'],
  groups: ['system:bootstrappers:kubeadm:default-node-token'],
}
const request = { bootstrapTokens: [token] }
const machine = (server = 'https://api.example.com:6443') => fakeHost({ files: { [path]: adminConf(server) } })

async function resultsOf(kube = fakeKube(), host = machine()) {
  return (await runPhase(showJoinCommand, { host, kube, request })).results
}

describe('show-join-command', () => {
  it('the join command contains the endpoint, the CA hash and each token that is stored in the cluster', async () => {
    const kube = fakeKube()
    await runPhase(bootstrapToken, { host: machine(), kube, request })
    expect(await resultsOf(kube)).toEqual([
      ['endpoint', 'api.example.com:6443'],
      ['caCertHash', hash],
      ['token', 'abcdef.0123456789abcdef'],
    ])
  })

  it('the join command omits tokens that are not stored in the cluster', async () => {
    expect((await resultsOf()).map(([key]) => key)).toEqual(['endpoint', 'caCertHash'])
  })

  it('the join command puts an IPv6 endpoint in brackets, as kadm join expects', async () => {
    const [first] = await resultsOf(fakeKube(), machine('https://[fd00::11]:6443'))
    expect(first).toEqual(['endpoint', '[fd00::11]:6443'])
  })

  it('show-join-command names the missing kubeconfig', async () => {
    await expect(resultsOf(fakeKube(), fakeHost())).rejects.toMatchObject({ message: expect.stringContaining(path) })
  })

  it('show-join-command changes nothing', async () => {
    expect((await runPhase(showJoinCommand, { host: machine(), kube: fakeKube(), request })).changes).toEqual([])
  })
})
