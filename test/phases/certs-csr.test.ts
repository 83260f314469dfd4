import { describe, expect, it } from 'vitest'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { certificateRequests, checkAbsent, kubeconfigRequests } from '../../src/phases/certs-csr/index.ts'
import { generateRequests } from '../../src/phases/pipelines.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { children, decodeDer, encodeDer } from '../../src/pki/der.ts'
import { parsePrivateKey, publicKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { decodePem } from '../../src/pki/pem.ts'
import { profiles } from '../../src/pki/profile.ts'
import { parseRequest } from '../../src/pki/read-request.ts'
import { judgeRequest } from '../../src/pki/request-faults.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'
import { oracleCluster, oracleNode, oracleText } from '../pki/oracle.ts'
import { runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const cluster = oracleCluster('ECDSA-P256')
const kubeconfigNames = ['admin.conf', 'super-admin.conf', 'kubelet.conf', 'controller-manager.conf', 'scheduler.conf']

async function generate(host: FakeHost, names = makeRequest().names): Promise<readonly string[]> {
  const ran = [checkAbsent, certificateRequests, kubeconfigRequests].map(
    phase => () => runPhase(phase, { host, cluster, request: { names } }),
  )
  const changes: string[] = []
  for (const run of ran) changes.push(...(await run()).changes)
  return changes
}

const read = async (host: FakeHost, path: string) => Buffer.from((await host.readFile(path)) ?? '').toString()
const subjectAndNames = (pem: string) => {
  const [body] = children(decodeDer(decodePem(pem)[0]?.der ?? Buffer.alloc(0)))
  const [, subject, , attributes] = body === undefined ? [] : children(body)
  return [subject, attributes].map(node => node && encodeDer(node).toString('hex'))
}

describe('the phases of certs generate-csr', () => {
  it.each(['apiserver', 'front-proxy-client'])('generate-csr asks for %s in the bytes of kubeadm', async name => {
    const host = fakeHost()
    await generate(host)
    const theirs = oracleText(`ECDSA-P256/csr/${name}.csr`)
    expect(subjectAndNames(await read(host, `${pki}/${name}.csr`))).toEqual(subjectAndNames(theirs))
  })

  it('generate-csr writes a key and a request for every certificate, for root only', async () => {
    const host = fakeHost()
    await generate(host)
    for (const profile of profiles) {
      const path = `${profile.kind === 'pair' ? pki : '/etc/kubernetes'}/${profile.base}`
      const key =
        profile.kind === 'pair'
          ? parsePrivateKey(await read(host, `${path}.key`))
          : parsePrivateKey(parseKubeconfig(await read(host, path)).clientKeyPem?.reveal() ?? '')
      const request = parseRequest(await read(host, `${path}.csr`), path)
      expect(publicKeyPem(request.publicKey)).toBe(publicKeyPem(key))
      expect(judgeRequest(request, profile, { nodeName: oracleNode.name })).toHaveProperty('accepted')
      expect((await host.stat(`${path}.csr`))?.mode).toBe(0o600)
      expect((await host.stat(profile.kind === 'pair' ? `${path}.key` : path))?.mode).toBe(0o600)
    }
  })

  it.each(kubeconfigNames)('%s has a key, but no certificate and no CA until the request is signed', async name => {
    const host = fakeHost()
    await generate(host)
    const found = parseKubeconfig(await read(host, `/etc/kubernetes/${name}`))
    const complete = parseKubeconfig(oracleText(`ECDSA-P256/${name}`))
    expect(found).toMatchObject({ user: complete.user, context: complete.context, clusterName: complete.clusterName })
    expect(found.clientCertPem ?? found.caPem).toBeUndefined()
    const signed = parseCertificate(complete.clientCertPem ?? '').subject
    expect(
      parseRequest(await read(host, `/etc/kubernetes/${name}.csr`), name).subject.map(({ value }) => value),
    ).toEqual([...signed.organizations, signed.commonName])
  })

  it('generate-csr gives kubelet.conf the address of the cluster, as kubeadm does', async () => {
    const host = fakeHost()
    await generate(host)
    const server = async (name: string) => parseKubeconfig(await read(host, `/etc/kubernetes/${name}`)).server
    expect(await server('kubelet.conf')).toBe(await server('admin.conf'))
    expect(await server('scheduler.conf')).toBe('https://192.0.2.10:6443')
  })

  it('generate-csr with names makes only those', async () => {
    const host = fakeHost()
    expect(await generate(host, ['etcd-peer', 'scheduler.conf'])).toEqual([
      `file ${pki}/etcd/peer.key`,
      `file ${pki}/etcd/peer.csr`,
      'file /etc/kubernetes/scheduler.conf',
      'file /etc/kubernetes/scheduler.conf.csr',
    ])
  })

  it('generate-csr replaces no file, and lists all that exist in the words of kubeadm', async () => {
    const files = { [`${pki}/etcd/peer.key`]: 'key', '/etc/kubernetes/admin.conf': 'conf' }
    const host = fakeHost({ files })
    const error = await generate(host).catch(one => one)
    expect(error).toMatchObject({ code: 'CERT_INVALID', message: `file already exists: key or CSR ${pki}/etcd/peer` })
    expect(error.problems.map(({ field }: { field: string }) => field)).toEqual(Object.keys(files))
  })

  it('generate-csr checks every host before it writes on the first', () => {
    const nodes = ['cp1', 'cp2'].map(name => ({ ...oracleNode, name }))
    const targets = nodes.map(node => ({ cluster: makeCluster({ nodes }), node, request: makeRequest() }))
    expect(generateRequests(targets).map(({ phases, atOnce }) => [phases[0]?.id, atOnce])).toEqual([
      ['certs-csr/check', 2],
      ['certs-csr/certificates', 2],
    ])
  })
})
