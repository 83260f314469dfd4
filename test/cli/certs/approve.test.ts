import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseApprove } from '../../../src/cli/certs/approve/parse.ts'
import { approveText, isComplete } from '../../../src/cli/certs/approve/result.ts'
import { settleRequests } from '../../../src/cli/certs/approve/settle.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { altNames } from '../../../src/pki/alt-names.ts'
import { createSigningRequest } from '../../../src/pki/create-request.ts'
import type { KnownNode } from '../../../src/pki/judge-serving-request.ts'
import { runKadm } from '../run-kadm.ts'

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const options = { kubeconfig: '/etc/kubernetes/admin.conf', progress: 'quiet', output: 'text', v: 0 } as const
const ask = (names: readonly string[], more: Partial<Parameters<typeof parseApprove>[1]> = {}) =>
  parseApprove(names, { ...options, ...more })

const knownNode = (node: string): KnownNode => ({ node, names: new Set([node]), refused: new Map() })
const place = (...lacking: readonly string[]) => ({
  known: new Map([knownNode('w1'), knownNode('w2')].map(one => [one.node, one])),
  lacking,
})

function requestOf(node: string, { name = `csr-${node}`, san = node, spec = {} } = {}): KubeObject {
  const subject = { commonName: `system:node:${node}`, organizations: ['system:nodes'] }
  const pem = createSigningRequest({ subject, sans: altNames([san]), key })
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, creationTimestamp: '2030-01-01T00:00:00Z' },
    spec: {
      signerName: 'kubernetes.io/kubelet-serving',
      username: `system:node:${node}`,
      groups: ['system:nodes'],
      usages: ['digital signature', 'server auth'],
      request: Buffer.from(pem).toString('base64'),
      ...spec,
    },
  }
}

/** A cluster that signs what is approved. */
function clusterWith(...requests: readonly KubeObject[]) {
  const signed = (object: KubeObject) => {
    const status = (object.status ?? {}) as { readonly conditions?: readonly { readonly type: string }[] }
    const approved = status.conditions?.some(({ type }) => type === 'Approved') === true
    return approved ? { ...object, status: { ...status, certificate: 'eA==' } } : object
  }
  const kube = fakeKube({ objects: requests, defaults: signed })
  const approved = () => kube.calls.flatMap(({ verb, what }) => (verb === 'approve' ? [what.split(' ')[1]] : []))
  return { kube, approved }
}

const shown = ({ requests }: Awaited<ReturnType<typeof settleRequests>>) =>
  requests.map(({ name, outcome }) => `${name} ${outcome}`)

describe('the command line of certs approve', () => {
  it.each([
    ['--all and a name', ['csr-1', '--all'], /--all cannot be combined with names/],
    ['--wait without --all', ['csr-1', '--wait', '1m'], /--wait requires --all/],
    ['a wait without a unit', ['--all', '--wait', '5'], /--wait 5 is not a duration/],
    ['--san without a node', ['--san', '10.0.0.1'], /--san 10\.0\.0\.1 is not a node with its names/],
    ['--san with an empty name', ['--san', 'w1=10.0.0.1,'], /is not a node with its names/],
    ['--san with a wildcard', ['--san', 'w1=*.example.com'], /is not a node with its names/],
  ])('certs approve rejects %s before it reaches a host', async (_, words, says) => {
    const { code, stderr } = await runKadm(['certs', 'approve', ...words])
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })

  it('certs approve joins the values of --san of one node', () => {
    const { sans } = ask([], { san: ['w1=w1,10.0.0.1', 'w2=w2', 'w1=fd00::1'] })
    expect(Object.fromEntries(sans)).toEqual({ w1: ['w1', '10.0.0.1', 'fd00::1'], w2: ['w2'] })
  })
})

describe('certs approve', () => {
  const hostile = requestOf('w2', { san: 'kubernetes' })
  const client = requestOf('w1', { name: 'csr-client', spec: { signerName: 'kubernetes.io/kube-apiserver-client' } })

  it('lists pending requests with the reasons against them, and approves nothing', async () => {
    const { kube, approved } = clusterWith(requestOf('w1'), hostile, client)
    const answer = await settleRequests(kube, ask([]), place())
    expect(shown(answer)).toEqual(['csr-client refused', 'csr-w1 pending', 'csr-w2 refused'])
    expect(approved()).toEqual([])
    const text = approveText(answer, ask([]), new Date('2030-01-01T00:05:00Z'))
    expect(text).toMatch(/^csr-w1 +5m +system:node:w1 +w1 +can be approved$/m)
    expect(text).toMatch(/^csr-w2 +it asks for kubernetes, which is not a name or an address of w2$/m)
    expect(isComplete(answer, ask([]))).toBe(true)
  })

  it('--all approves only the requests that pass the checks, and waits for their certificates', async () => {
    const { kube, approved } = clusterWith(requestOf('w1'), hostile, client)
    const asked = ask([], { all: true })
    const answer = await settleRequests(kube, asked, place())
    expect(shown(answer)).toEqual(['csr-client refused', 'csr-w1 issued', 'csr-w2 refused'])
    expect(approved()).toEqual(['csr-w1'])
    expect(isComplete(answer, asked)).toBe(false)
  })

  it('a name does not approve a request that fails a check', async () => {
    const { kube, approved } = clusterWith(client)
    const asked = ask(['csr-client'])
    expect(isComplete(await settleRequests(kube, asked, place()), asked)).toBe(false)
    expect(approved()).toEqual([])
  })

  it('a request for another signer does not make --all fail', async () => {
    const { kube } = clusterWith(requestOf('w1'), client)
    const asked = ask([], { all: true })
    expect(isComplete(await settleRequests(kube, asked, place()), asked)).toBe(true)
  })

  it('a name that no request has is an error, and nothing is approved', async () => {
    const { kube, approved } = clusterWith(requestOf('w1'))
    await expect(settleRequests(kube, ask(['csr-w1', 'csr-x']), place())).rejects.toMatchObject({
      message: 'the cluster has no certificate request csr-x',
    })
    expect(approved()).toEqual([])
  })

  it('--wait approves the request of a node that appears later', async () => {
    const { kube, approved } = clusterWith(requestOf('w1'))
    const settling = settleRequests(kube, ask([], { all: true, wait: '1m' }), place('w1', 'w2'))
    const appear = setInterval(() => {
      if (!kube.calls.some(({ verb, what }) => verb === 'watch' && what === 'CertificateSigningRequest')) return
      clearInterval(appear)
      void kube.create(requestOf('w2'))
    }, 1)
    expect(await settling).toMatchObject({ missing: [] })
    expect(approved()).toEqual(['csr-w1', 'csr-w2'])
  })

  it('--wait reports the nodes whose request did not appear', async () => {
    const { kube } = clusterWith()
    const asked = ask([], { all: true, wait: '20ms' })
    const answer = await settleRequests(kube, asked, place('w1'))
    expect(answer).toEqual({ requests: [], missing: ['w1'] })
    expect(isComplete(answer, asked)).toBe(false)
    expect(approveText(answer, asked, new Date())).toContain('w1: no request appeared in time')
  })

  it('a request that changed since it was read is not approved', async () => {
    const { kube } = clusterWith(requestOf('w1'))
    const [old] = await kube.list({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' })
    await kube.remove({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', name: 'csr-w1' })
    await kube.create(requestOf('w1', { san: 'evil' }))
    if (old === undefined) throw new Error('the request is missing')
    await expect(kube.approve(old, { reason: 'x', message: 'x' })).rejects.toMatchObject({ code: 'API_CONFLICT' })
  })

  it('control characters in a request do not reach the terminal', async () => {
    const { kube } = clusterWith(requestOf('w1', { san: 'w1\u001b[2J' }))
    const answer = await settleRequests(kube, ask([]), place())
    expect(approveText(answer, ask([]), new Date())).not.toContain('\u001b')
  })
})
