import { describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { secret } from '../../src/cluster/secret.ts'
import type { BootstrapToken } from '../../src/cluster/spec.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { bootstrapToken } from '../../src/phases/bootstrap-token/index.ts'
import { showJoinCommand } from '../../src/phases/show-join-command/index.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { bootstrapTokenSecret } from '../../src/render/objects/bootstrap-token.ts'
import { oracleText } from '../pki/oracle.ts'
import { runPhase } from './run-phase.ts'

const now = new Date('2026-06-01T00:00:00Z')
const caPem = oracleText('ECDSA-P256/ca.crt')
const adminConf = '/etc/kubernetes/admin.conf'
const server = 'https://10.77.0.11:6443'
const admin = renderKubeconfig({ clusterName: 'kubernetes', server, caPem, user: 'a', token: 'x' })
const control = () => fakeHost({ files: { [adminConf]: admin } })

function token(text: string, more: Partial<BootstrapToken> = {}): BootstrapToken {
  const groups = ['system:bootstrappers:kubeadm:default-node-token']
  return { token: secret(text), ttl: 86_400_000, usages: ['signing', 'authentication'], groups, ...more }
}

function tokensOf(kube: FakeKube): readonly string[] {
  const names = kube.objects().flatMap(({ kind, metadata }) => (kind === 'Secret' ? [metadata.name] : []))
  return names.filter(name => name.startsWith('bootstrap-token-')).sort()
}

describe('bootstrap-token', () => {
  const drawn = (text: string) => ({ bootstrapTokens: [token(text, { drawn: true })] })

  it('the bootstrap-token phase creates the token, RBAC rules and cluster-info once', async () => {
    const one = { request: drawn('abcdef.0123456789abcdef'), host: control(), kube: fakeKube(), now }
    const { changes } = await runPhase(bootstrapToken, one)
    expect(changes).toContain('object Secret kube-system/bootstrap-token-abcdef')
    expect(changes).toContain('object ConfigMap kube-public/cluster-info')
    expect((await runPhase(bootstrapToken, one)).changes).toEqual([])
  })

  it('the bootstrap-token phase reuses the generated token of an earlier run', async () => {
    const kube = fakeKube()
    await runPhase(bootstrapToken, { request: drawn('abcdef.0123456789abcdef'), host: control(), kube, now })
    const second = { request: drawn('ghijkl.0123456789abcdef'), host: control(), kube, now }
    expect((await runPhase(bootstrapToken, second)).changes).toEqual([])
    expect(tokensOf(kube)).toEqual(['bootstrap-token-abcdef'])
    const { results } = await runPhase(showJoinCommand, second)
    expect(results).toContainEqual(['token', 'abcdef.0123456789abcdef'])
  })

  it.each([
    { title: 'the operator named another', second: token('ghijkl.0123456789abcdef'), at: now },
    {
      title: 'it expires within a minute',
      second: token('ghijkl.0123456789abcdef', { drawn: true }),
      at: new Date(now.getTime() + 86_400_000 - 59_000),
    },
    {
      title: 'it serves other groups',
      second: token('ghijkl.0123456789abcdef', { drawn: true, groups: ['system:bootstrappers:x'] }),
      at: now,
    },
  ])('the bootstrap-token phase creates a second token when $title', async ({ second, at }) => {
    const kube = fakeKube()
    await runPhase(bootstrapToken, { request: drawn('abcdef.0123456789abcdef'), host: control(), kube, now })
    const request = { bootstrapTokens: [second] }
    await runPhase(bootstrapToken, { request, host: control(), kube, now: at })
    expect(tokensOf(kube)).toEqual(['bootstrap-token-abcdef', 'bootstrap-token-ghijkl'])
  })

  const named = (more: Partial<BootstrapToken> = {}) => ({ bootstrapTokens: [token('abcdef.0123456789abcdef', more)] })
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000)

  it.each([
    ['it is still valid', {}, later(23), 0],
    ['it has expired', {}, later(48), 1],
    ['it no longer expires', { ttl: 0 }, later(1), 1],
    ['it expires at another time', { ttl: 0, expires: later(72) }, later(1), 1],
    ['it has fewer usages', { usages: ['authentication'] }, later(1), 1],
    ['it has other groups', { groups: ['system:bootstrappers:x'] }, later(1), 1],
  ])('a token that the operator specifies again is rewritten only if it changed: %s', async (_, more, at, writes) => {
    const kube = fakeKube()
    await runPhase(bootstrapToken, { request: named(), host: control(), kube, now })
    const again = { request: named(more), host: control(), kube, now: at }
    expect((await runPhase(bootstrapToken, again)).changes).toHaveLength(writes)
    const wanted = bootstrapTokenSecret(token('abcdef.0123456789abcdef', more), writes === 0 ? now : at)
    const [found] = kube.objects().filter(({ metadata }) => metadata.name === 'bootstrap-token-abcdef')
    expect(found?.data).toEqual(wanted.data)
  })

  it('the bootstrap-token phase keeps the signatures of cluster-info', async () => {
    const kube = fakeKube()
    const one = { request: drawn('abcdef.0123456789abcdef'), host: control(), kube, now }
    await runPhase(bootstrapToken, one)
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-public', name: 'cluster-info' }
    await kube.patch(ref, { data: { 'jws-kubeconfig-abcdef': 'signature', kubeconfig: 'of an older CA' } }, 'merge')
    await runPhase(bootstrapToken, one)
    const found = (await kube.get(ref)) as KubeObject & { data: Record<string, string> }
    expect(found.data['jws-kubeconfig-abcdef']).toBe('signature')
    expect(found.data.kubeconfig).toContain(server)
  })

  it('the join command includes the port of the endpoint, even the default port of HTTPS', async () => {
    const server = 'https://k8s.example:443'
    const files = { [adminConf]: renderKubeconfig({ clusterName: 'kubernetes', server, caPem, user: 'a', token: 'x' }) }
    const { results } = await runPhase(showJoinCommand, { host: fakeHost({ files }) })
    expect(results).toContainEqual(['endpoint', 'k8s.example:443'])
  })

  it('cluster-info contains a CA that admin.conf references as a file', async () => {
    const files = {
      [adminConf]: admin
        .reveal()
        .replace(/certificate-authority-data: .*/, 'certificate-authority: /etc/kubernetes/pki/ca.crt'),
      '/etc/kubernetes/pki/ca.crt': caPem,
    }
    const kube = fakeKube()
    await runPhase(bootstrapToken, { request: drawn('abcdef.0123456789abcdef'), host: fakeHost({ files }), kube, now })
    const info = kube.objects().find(({ metadata }) => metadata.name === 'cluster-info') ?? expect.unreachable()
    expect((info.data as Record<string, string>).kubeconfig).toContain(Buffer.from(caPem).toString('base64'))
  })

  it('the bootstrap-token phase reports a missing admin.conf', async () => {
    await expect(runPhase(bootstrapToken, { host: fakeHost({ name: 'cp1' }) })).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: `${adminConf} does not exist on cp1`,
    })
  })
})
