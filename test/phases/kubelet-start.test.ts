import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { joinKubeletStart, kubeletStart } from '../../src/phases/kubelet-start/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { oracleText } from '../pki/oracle.ts'
import {
  bootstrapConf,
  caPem,
  cluster,
  discovered,
  kubeletConf,
  machine,
  node,
  restarted,
  running,
  server,
} from './kubelet-machine.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const unauthorized = new KadmError('API_REFUSED', 'Unauthorized', { status: 401 })

describe('kubelet-start of init', () => {
  it('kubelet-start of init writes configuration, flags and the manifests directory before it starts the kubelet', async () => {
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
  it('kubelet-start of join writes the CA and the bootstrap credentials, readable only by root', async () => {
    const host = machine()
    const { changes } = await runPhase(joinKubeletStart, { cluster, host, discovered })
    expect(changes).toEqual(
      expect.arrayContaining([`file ${bootstrapConf}`, 'file /etc/kubernetes/pki/ca.crt', ...restarted]),
    )
    expect(await host.stat(bootstrapConf)).toMatchObject({ mode: 0o600 })
  })

  it('kubelet-start of join refuses the name of a ready Node before it writes files', async () => {
    const host = machine()
    const kube = fakeKube({ objects: [node('True')] })
    await expect(runPhase(joinKubeletStart, { cluster, host, kube, discovered })).rejects.toMatchObject({
      code: 'NODE_EXISTS',
      message: 'a Node with name "w1" and status "Ready" already exists in the cluster',
      hint: expect.stringContaining('`kadm node remove w1 --host …`'),
    })
    expect(await host.list('/etc')).toEqual([])
  })

  it('kubelet-start of join takes over the name of a Node that is not ready', async () => {
    const kube = fakeKube({ objects: [node('False')] })
    const { changes } = await runPhase(joinKubeletStart, { cluster, host: machine(), kube, discovered })
    expect(changes).toContain(`file ${bootstrapConf}`)
  })

  it('kubelet-start of join keeps an existing CA', async () => {
    const host = machine({ '/etc/kubernetes/pki/ca.crt': caPem })
    const { changes } = await runPhase(joinKubeletStart, { cluster, host, discovered })
    expect(changes).not.toContain('file /etc/kubernetes/pki/ca.crt')
  })

  it('kubelet-start of join keeps the credentials of the kubelet, even when its Node is ready', async () => {
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
    ['has no Node for it', fakeKube(), true],
    ['has its Node', fakeKube({ objects: [{ ...node('True'), metadata: { name: 'cp-1' } }] }), false],
    ['rejects the expired token', fakeKube({ fail: () => unauthorized }), false],
  ])(
    'kubelet-start of join restarts a running kubelet only when its Node is missing: the cluster %s',
    async (_, kube, starts) => {
      const mine = quickCluster({ nodes: [makeNode({ name: 'cp-1', role: 'worker' })] })
      const host = machine({
        [kubeletConf]: oracleText('ECDSA-P256/kubelet.conf'),
        '/etc/kubernetes/pki/ca.crt': caPem,
      })
      await runPhase(joinKubeletStart, { cluster: mine, host, discovered, kube: fakeKube() })
      const { changes } = await runPhase(joinKubeletStart, { cluster: mine, host: running(host), kube, discovered })
      expect(changes).toEqual(starts ? ['exec systemctl restart kubelet'] : [])
    },
  )
})
