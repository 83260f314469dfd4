import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { killAt, startHere } from '../e2e/killing.ts'
import { askThroughService, kubectl, untilReady } from '../e2e/observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
const version = 'v1.37.2'

beforeAll(async () => {
  lab = await startLab({ name: 'rotation', most: { controlPlanes: 1, workers: 1 }, versions: [version] })
  here = await kadmHere(lab)
  ;[cp, worker] = (await lab.startNodes({ name: 'cp1' }, { name: 'w1' })) as [LabNode, LabNode]
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version, cluster: { encryptionAlgorithm: 'ECDSA-P256' } }))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', config, ...ignoring])
  await answerHere(here, ['join', '--from', cp.ssh(), '--host', worker.ssh(), ...ignoring])
  await lab.connectPods(cp)
  await untilReady(cp, ['cp1', 'w1'])
  expect(await askThroughService(cp, 'w1')).toBe('server')
})
afterAll(() => lab?.stop())

interface Rotation {
  readonly podsToRestart: readonly string[]
  readonly changes: readonly unknown[]
}

const hosts = () => ['--host', cp.ssh(), '--host', worker.ssh()]
const commandOf = (step: string, ...args: readonly string[]) => ['certs', 'rotate-ca', step, '-y', ...hosts(), ...args]

async function rotate(step: string, ...args: readonly string[]): Promise<Rotation> {
  return (await answerHere(here, commandOf(step, ...args))) as unknown as Rotation
}

const pki = '/etc/kubernetes/pki'

async function fingerprint(node: LabNode, file: string): Promise<string> {
  return (await node.run(`openssl x509 -in ${pki}/${file} -noout -fingerprint -sha256`)).stdout.trim()
}

/** Verifies every leaf of the control plane, and the certificate of the kubelet on both nodes, with openssl. */
async function verified(): Promise<void> {
  const leaves = { ca: ['apiserver', 'apiserver-kubelet-client'], 'front-proxy-ca': ['front-proxy-client'] }
  const etcd = ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client']
  for (const [ca, names] of [...Object.entries(leaves), ['etcd/ca', etcd] as const]) {
    for (const name of names) {
      await cp.run(`cd ${pki} && openssl verify -x509_strict -CAfile ${ca}.crt ${name}.crt
[ "$(openssl x509 -in ${name}.crt -noout -pubkey)" = "$(openssl pkey -in ${name}.key -pubout)" ]`)
    }
    await cp.run(
      `cd ${pki} && [ "$(openssl x509 -in ${ca}.crt -noout -pubkey)" = "$(openssl pkey -in ${ca}.key -pubout)" ]`,
    )
  }
  for (const node of [cp, worker]) {
    await node.run(`openssl verify -CAfile ${pki}/ca.crt /var/lib/kubelet/pki/kubelet-client-current.pem`)
  }
}

/** When the containers of pods started that a rotation does not concern. */
async function untouched(): Promise<string> {
  const path = `jsonpath='{range .items[*]}{.metadata.name} {.status.containerStatuses[0].state.running.startedAt}{"\\n"}{end}'`
  return kubectl(cp, `get pods -o ${path}`)
}

/** A webhook and the conversion of a resource that trust the CA of the cluster. Neither is ever called. */
async function trustTheCa(): Promise<void> {
  const caBundle = (await cp.run(`base64 -w0 ${pki}/ca.crt`)).stdout
  const clientConfig = { caBundle, service: { name: 'hook', namespace: 'default' } }
  const schema = { openAPIV3Schema: { type: 'object' } }
  const items = [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'hook' },
      webhooks: [
        {
          ...{ name: 'hook.example.com', clientConfig, failurePolicy: 'Ignore', sideEffects: 'None' },
          ...{ admissionReviewVersions: ['v1'] },
          rules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
        },
      ],
    },
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: {
        ...{ group: 'example.com', scope: 'Namespaced', names: { plural: 'things', singular: 'thing', kind: 'Thing' } },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
        conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      },
    },
  ]
  await kubectl(cp, 'apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

/** The fingerprints of the CAs that each of them trusts. */
async function trustedBundles(): Promise<readonly (readonly string[])[]> {
  const paths = {
    'validatingwebhookconfiguration hook': '.webhooks[0].clientConfig.caBundle',
    'crd things.example.com': '.spec.conversion.webhook.clientConfig.caBundle',
  }
  const bundles = Object.entries(paths).map(async ([object, path]) => {
    const pem = Buffer.from(await kubectl(cp, `get ${object} -o jsonpath={${path}}`), 'base64').toString()
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
    return certificates.map(one => new X509Certificate(one).fingerprint256).sort()
  })
  return Promise.all(bundles)
}

async function fingerprintOf(file: string): Promise<string> {
  return (await fingerprint(cp, file)).replace(/^.*=/, '')
}

describe('certs rotate-ca on a real cluster', () => {
  it('the CAs of a cluster are replaced in three steps, and the credentials of the old ones are refused', async () => {
    const old = await Promise.all(['ca.crt', 'front-proxy-ca.crt', 'etcd/ca.crt'].map(file => fingerprint(cp, file)))
    const pods = await untouched()
    await cp.run('cp /etc/kubernetes/admin.conf /root/old-admin.conf')
    await trustTheCa()
    const oldCa = await fingerprintOf('ca.crt')
    const prepared = await rotate('prepare', '--restart-pods', '--patch-ca-bundles')
    expect(prepared.podsToRestart).toEqual([])
    const during = await trustedBundles()
    expect(during.map(trusted => trusted.length)).toEqual([2, 2])
    for (const trusted of during) expect(trusted).toContain(oldCa)
    await verified()
    expect(await fingerprint(cp, 'ca.crt')).toBe(old[0])
    expect((await rotate('prepare')).changes).toEqual([])
    await rotate('reissue')
    await verified()
    expect(await kubectl(cp, 'get nodes --kubeconfig /root/old-admin.conf', '').catch(() => 'refused')).toBe('refused')
    await rotate('distrust', '--patch-ca-bundles')
    await verified()
    const newCa = await fingerprintOf('ca.crt')
    expect(await trustedBundles()).toEqual([[newCa], [newCa]])
    const now = await Promise.all(['ca.crt', 'front-proxy-ca.crt', 'etcd/ca.crt'].map(file => fingerprint(cp, file)))
    expect(now.filter(one => old.includes(one))).toEqual([])
    await cp.run(`[ ! -e ${pki}/rotation ]`)
    const insecure = 'get nodes --kubeconfig /root/old-admin.conf --insecure-skip-tls-verify'
    await expect(kubectl(cp, insecure)).rejects.toThrow(/Unauthorized|must be logged in/)
    expect(await untouched()).toBe(pods)
    expect(await askThroughService(cp, 'w1')).toBe('server')
    await untilReady(cp, ['cp1', 'w1'])
    await cp.run([oracleKubeadm(version), 'certs', 'check-expiration'])
    await cp.run([oracleKubeadm(version), 'certs', 'renew', 'all'])
    await verified()
  })

  it('a step that was killed completes when it runs again, and a rollback returns to the old CA', async () => {
    const before = await fingerprint(cp, 'ca.crt')
    for (const phase of ['rotate-ca/trust', 'rotate-ca/kubelet']) {
      await killAt(startHere(here, commandOf('prepare', '--ca', 'cluster')), {
        type: 'step-started',
        phase,
        afterMs: 30,
      })
      await verified()
    }
    await rotate('prepare', '--ca', 'cluster', '--restart-pods')
    const reissuing = { type: 'step-done', phase: 'rotate-ca/prove', afterMs: 3000 } as const
    await killAt(startHere(here, commandOf('reissue')), reissuing)
    await verified()
    await rotate('rollback')
    await verified()
    expect(await fingerprint(cp, 'ca.crt')).toBe(before)
    await cp.run(`[ ! -e ${pki}/rotation ]`)
    await untilReady(cp, ['cp1', 'w1'])
  })
})
