import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { refreshCopies } from '../../src/phases/kubeconfig-copies/index.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { authority, type Issued } from '../clients/https/authority.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const ca = authority('kubernetes')
const other = authority('kubernetes')
const [old, renewed, jane] = [
  ca.issue('kubernetes-admin', { days: [-1, 0.5] }),
  ca.issue('kubernetes-admin'),
  ca.issue('jane'),
]
const base64 = (text: string) => Buffer.from(text).toString('base64')

function kubeconfig({ cert, key }: Issued, { trusted = ca.cert, server = 'https://10.0.0.1:6443' } = {}): string {
  return `apiVersion: v1
kind: Config
current-context: mine
contexts: [{name: mine, context: {cluster: k, user: u}}, {name: another, context: {cluster: k, user: v}}]
clusters: [{name: k, cluster: {server: "${server}", certificate-authority-data: ${base64(trusted)}}}]
users:
- {name: u, user: {client-certificate-data: ${base64(cert)}, client-key-data: ${base64(key)}}}
- {name: v, user: {token: abc}}
`
}

const admin = '/etc/kubernetes/admin.conf'
const home = '/home/ops/.kube/config'
const root = '/root/.kube/config'

async function refresh(files: Readonly<Record<string, string>>, copies: readonly string[] = [home]) {
  const host = fakeHost({ name: 'cp1', files: { [admin]: kubeconfig(renewed), ...files } })
  for (const path of Object.keys(files)) {
    await host.writeFile({ path, content: files[path] ?? '', mode: 0o640, owner: 'ops:ops' })
  }
  const run = { host, cluster: quickCluster(), request: { kubeconfigCopies: copies } }
  return { host, outcome: await runPhase(refreshCopies, run), again: await runPhase(refreshCopies, run) }
}

describe('copies of kubeconfigs', () => {
  it('a copy with the same user and CA gets the renewed certificate, and keeps everything else', async () => {
    const server = 'https://lb.example:6443'
    const { host, outcome, again } = await refresh({ [home]: kubeconfig(old, { server }) })
    expect(outcome).toMatchObject({ changes: [`file ${home}`], warnings: [], results: [['refreshed', home]] })
    expect(again).toMatchObject({ changes: [], warnings: [], results: [] })
    const text = Buffer.from((await host.readFile(home)) ?? '').toString()
    expect(text).toContain('token: abc')
    const copy = parseKubeconfig(text)
    expect(copy).toMatchObject({ server, context: 'mine', clientCertPem: renewed.cert, caPem: ca.cert })
    expect(copy.clientKeyPem?.reveal()).toBe(renewed.key)
    expect(await host.stat(home)).toMatchObject({ mode: 0o640, owner: 'ops:ops' })
  })

  it.each([
    ['another user', kubeconfig(jane), /no kubeconfig in \/etc\/kubernetes has its user jane and its CA/],
    [
      'another CA',
      kubeconfig(other.issue('kubernetes-admin'), { trusted: other.cert }),
      /has its user kubernetes-admin/,
    ],
    [
      'files instead of embedded data',
      kubeconfig(old).replace(/client-key-data: \w+=*/, 'client-key: k'),
      /not embedded/,
    ],
    ['no YAML', '{', /is not YAML/],
    ['no certificate', kubeconfig({ cert: 'x', key: 'y' }), /holds no certificate/],
  ])('a copy with %s is not changed, and the reason is a warning', async (_, text, reason) => {
    const { outcome } = await refresh({ [home]: text })
    expect(outcome.changes).toEqual([])
    expect(outcome.warnings).toEqual([expect.stringMatching(reason)])
    expect(outcome.warnings[0]).toMatch(`cp1: ${home} is not refreshed: `)
  })

  it('a copy that does not exist is a warning', async () => {
    expect((await refresh({})).outcome.warnings).toEqual([`cp1: ${home} is not refreshed: it does not exist`])
  })

  it.each([
    ['an old copy of admin.conf', kubeconfig(old), true],
    ['the same as admin.conf', kubeconfig(renewed), false],
    ['of another user', kubeconfig(jane), false],
    ['not a kubeconfig', '{', false],
  ])('certs renew warns of the kubeconfig of root only if it is outdated: it is %s', async (_, text, warns) => {
    const { outcome } = await refresh({ [root]: text }, [])
    expect(outcome.changes).toEqual([])
    expect(outcome.warnings).toEqual(
      warns
        ? [
            expect.stringMatching(
              `^cp1: ${root} is a copy of an earlier ${admin}, and expires on .*--refresh-kubeconfig ${root}$`,
            ),
          ]
        : [],
    )
  })

  it('copies are not refreshed with another --cert-dir', () => {
    const target = { cluster: quickCluster(), node: makeNode() }
    expect(refreshCopies.skip?.({ ...target, request: makeRequest({ kubeconfigsOf: '/etc/kubernetes/pki' }) })).toMatch(
      /not to --cert-dir$/,
    )
  })
})
