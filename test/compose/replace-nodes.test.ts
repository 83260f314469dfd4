import { beforeAll, describe, expect, it } from 'vitest'
import type { CaName } from '../../src/cluster/node-files.ts'
import type { RotatedCa } from '../../src/cluster/rotation.ts'
import { findReplacement } from '../../src/compose/replace-nodes.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { algorithmOf, parsePrivateKey } from '../../src/pki/keys.ts'
import { newCa } from '../../src/pki/rotation.ts'
import { renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster } from '../phases/run-phase.ts'

const day = 86_400_000
const pki = '/etc/kubernetes/pki'
const adminConf = '/etc/kubernetes/admin.conf'
const paths: Readonly<Record<CaName, string>> = {
  ca: `${pki}/ca`,
  'front-proxy-ca': `${pki}/front-proxy-ca`,
  'etcd-ca': `${pki}/etcd/ca`,
}
const now = new Date()
const made = new Map<string, RotatedCa>()

beforeAll(async () => {
  const input = { cluster: quickCluster(), node: makeNode(), algorithm: 'ECDSA-P384' } as const
  for (const ca of ['ca', 'front-proxy-ca', 'etcd-ca'] as const) {
    made.set(`expired ${ca}`, await newCa(ca, { ...input, startedAt: new Date(now.getTime() - 4000 * day) }))
    made.set(`valid ${ca}`, await newCa(ca, { ...input, startedAt: now }))
  }
})

const caOf = (state: string, ca: CaName) => {
  const found = made.get(`${state} ${ca}`)
  if (found?.key === undefined) throw new Error(`no ${state} ${ca}`)
  return { certificate: found.certificate, key: found.key.reveal() }
}

/** A control plane; each CA is valid unless it is named. */
function controlPlane(name: string, expired: readonly CaName[], more: Readonly<Record<string, string>> = {}) {
  const files = (['ca', 'front-proxy-ca', 'etcd-ca'] as const).flatMap(ca => {
    const { certificate, key } = caOf(expired.includes(ca) ? 'expired' : 'valid', ca)
    return [
      [`${paths[ca]}.crt`, certificate],
      [`${paths[ca]}.key`, key],
    ]
  })
  const manifest = { '/etc/kubernetes/manifests/etcd.yaml': '' }
  return fakeHost({ name, files: { ...Object.fromEntries(files), ...manifest, ...more }, commands: () => 1 })
}

const worker = fakeHost({
  name: 'w1',
  files: {
    '/etc/kubernetes/kubelet.conf': renderKubeletKubeconfig({
      server: 'https://10.0.0.1:6443',
      caPem: '',
      certificate: '/var/lib/kubelet/pki/kubelet-client-current.pem',
    }),
  },
  commands: () => 1,
})

describe('the replacement of expired CAs', () => {
  it('replace creates a CA with the subject and the kind of key of each expired one, for all nodes', async () => {
    const hosts = [controlPlane('cp1', ['ca', 'etcd-ca']), worker]
    const { goals, targets } = await findReplacement(hosts, adminConf, now)
    expect(goals.map(({ ca, step, both }) => [ca, step, both])).toEqual([
      ['ca', 'replace', false],
      ['etcd-ca', 'replace', false],
    ])
    for (const { old, signer } of goals) {
      const [before, after] = [parseCertificate(old.certificate), parseCertificate(signer.certificate)]
      expect(after.subject).toEqual(before.subject)
      expect(after.notAfter.getTime()).toBeGreaterThan(now.getTime() + 3600 * day)
      expect(algorithmOf(parsePrivateKey(signer.key?.reveal() ?? ''))).toBe('ECDSA-P384')
    }
    expect(targets.map(({ node, request }) => [node.role, request.goals, request.kubelets])).toEqual([
      ['control-plane', goals, 'always'],
      ['worker', goals, 'always'],
    ])
  })

  it('replace continues with the CA that an earlier run has stored on one of the control planes', async () => {
    const [old, added] = [caOf('expired', 'ca'), caOf('valid', 'ca')]
    const rotation = {
      [`${pki}/rotation/ca/old.crt`]: old.certificate,
      [`${pki}/rotation/ca/old.key`]: old.key,
      [`${pki}/rotation/ca/new.crt`]: added.certificate,
      [`${pki}/rotation/ca/new.key`]: added.key,
    }
    const { goals } = await findReplacement(
      [controlPlane('cp1', ['ca']), controlPlane('cp2', [], rotation)],
      adminConf,
      now,
    )
    expect(goals.map(({ ca, signer }) => [ca, signer.certificate])).toEqual([['ca', added.certificate]])
  })

  it.each([
    ['without an expired CA', [] as const, {}, /no CA of the cluster has expired/],
    [
      'with an expired CA whose key is elsewhere',
      ['ca'] as const,
      { [`${pki}/ca.key`]: undefined },
      /ca\.key is not there/,
    ],
  ])('replace refuses a cluster %s', async (_, expired, changed, message) => {
    const host = controlPlane('cp1', expired)
    for (const path of Object.keys(changed)) await host.remove(path)
    await expect(findReplacement([host], adminConf, now)).rejects.toThrow(message)
  })

  it('replace needs a control plane', async () => {
    await expect(findReplacement([worker], adminConf, now)).rejects.toMatchObject({ code: 'USAGE' })
  })
})
