import { describe, expect, it, vi } from 'vitest'
import { runDry } from '../../src/cli/run/dry-run.ts'
import { secret } from '../../src/cluster/secret.ts'
import { type DryJoin, sourceForDryRun } from '../../src/compose/join-source-dry.ts'
import { findResetNode } from '../../src/compose/reset-node.ts'
import { completeJoin } from '../../src/config/complete-join.ts'
import { parseJoin } from '../../src/config/join.ts'
import { parseReset } from '../../src/config/reset.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { reset } from '../../src/phases/pipelines.ts'
import { makePlan } from '../../src/pipeline/plan.ts'
import { parseCertificates, spkiHash } from '../../src/pki/certificate.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { processAnswers } from '../fixtures/processes.ts'
import { oracleText } from '../pki/oracle.ts'

const ca = oracleText('ECDSA-P256/ca.crt')
const { signal } = new AbortController()
const server = 'https://10.0.0.9:6443'
const caFile = '/etc/kubernetes/pki/ca.crt'
const kubeconfig = renderKubeconfig({
  clusterName: 'mine',
  server,
  caPem: ca,
  user: 'me',
  token: secret('abcdef.0123456789abcdef'),
})
const pin = spkiHash(parseCertificates(ca)[0])

/** A host without network connections. */
function alone(files: Readonly<Record<string, string | typeof kubeconfig>> = {}) {
  const answers: Readonly<Record<string, string>> = {
    'id -u': '0\n',
  }
  return fakeHost({
    files,
    commands({ argv }) {
      // The queries of the host.
      if (argv.at(-1) === '--version') return { stdout: 'Kubernetes v1.36.3\n' }
      const stdout = argv[0] === 'sh' ? `\u001ehostname\ncp1\n${processAnswers()}` : answers[argv.join(' ')]
      return stdout === undefined ? undefined : { stdout }
    },
  })
}

const byToken = {
  endpoint: '10.0.0.9:6443',
  flags: { token: 'abcdef.0123456789abcdef', 'discovery-token-ca-cert-hash': [pin] },
}

function source(input: Parameters<typeof parseJoin>[0], host = alone(), more: Partial<DryJoin> = {}) {
  const parsed = parseJoin({ ...input, flags: { 'dry-run': true, ...input.flags } })
  const config = { ...parsed.config, timeouts: { ...parsed.config.timeouts, discovery: 0 } }
  return { parsed, found: sourceForDryRun({ host, config, waiting: { signal, report: () => undefined }, ...more }) }
}

describe('a dry run of join without a reachable cluster', () => {
  it('a dry run of join assumes defaults for the kubelet version when the cluster is unreachable', async () => {
    const { parsed, found } = source(byToken)
    const { discovered, documents, assumed } = await found
    expect(discovered).toMatchObject({ server, assumed: true })
    expect(discovered.bootstrapKubeconfig.reveal()).toContain('abcdef.0123456789abcdef')
    expect(discovered.members).toBeUndefined()
    const { cluster } = completeJoin(parsed, makeFacts(), documents)
    expect(cluster.config).toMatchObject({ kubernetesVersion: 'v1.36.3', controlPlaneEndpoint: '10.0.0.9:6443' })
    expect(assumed?.objects).toEqual([])
    expect(assumed?.what.join('\n')).toMatch(
      /CA: .*for this dry run\n.*v1\.36\.3, the version of the kubelet.*\n.*\n.*none$/,
    )
  })

  it('a dry run of join uses the ca.crt of an earlier join when its hash matches', async () => {
    const { discovered, assumed } = await source(byToken, alone({ [caFile]: ca })).found
    expect(discovered.ca).toBe(ca)
    expect(assumed?.what.join()).not.toContain('CA')
    const other = alone({ [caFile]: oracleText('ECDSA-P384/ca.crt') })
    expect((await source(byToken, other).found).discovered.ca).toContain('BEGIN CERTIFICATE')
    expect((await source(byToken, other).found).discovered.ca).not.toBe(oracleText('ECDSA-P384/ca.crt'))
  })

  it('a dry run of join uses the CA of the discovery file or of the --from host', async () => {
    const file = alone({ '/root/d.conf': kubeconfig })
    const byFile = await source({ flags: { 'discovery-file': '/root/d.conf' } }, file).found
    expect(byFile.discovered).toMatchObject({ server, ca })
    const from = alone({ '/etc/kubernetes/admin.conf': kubeconfig })
    const fromControlPlane = await source({ flags: {}, from: true }, alone(), { source: from }).found
    expect(fromControlPlane.discovered).toMatchObject({ server, ca })
  })

  it('a dry run of join assumes the Secret kubeadm-certs, encrypted with the certificate key', async () => {
    const flags = { ...byToken.flags, 'control-plane': true, 'certificate-key': 'c0ffee'.repeat(10).padEnd(64, '0') }
    const { assumed } = await source({ ...byToken, flags }).found
    expect(assumed?.objects.map(({ metadata }) => metadata.name)).toEqual(['kubeadm-certs'])
    expect(assumed?.what.at(-1)).toBe('the members of etcd: none')
  })

  it('a dry run of join fails when the discovery file does not exist', async () => {
    const { found } = source({ flags: { 'discovery-file': '/root/none.conf' } })
    await expect(found).rejects.toMatchObject({ code: 'DISCOVERY_FAILED' })
  })
})

describe('a dry run of reset without a reachable cluster', () => {
  it('a dry run of reset reports its changes and the server that is unreachable', async () => {
    const host = alone({ '/etc/kubernetes/admin.conf': kubeconfig, '/etc/kubernetes/manifests/etcd.yaml': '' })
    const found = await findResetNode(host, parseReset({ flags: { 'dry-run': true } }))
    const { node, warnings, silentServer } = found
    expect(silentServer).toBe(server)
    expect(warnings.join()).toMatch(/is not reachable: .*10\.0\.0\.9:6443 cannot be reached/)
    const key = () => Promise.reject(new Error('no key'))
    const parts = { session: { run: 'r', startedAt: new Date(), signal, key }, hosts: new Map([[node, host]]) }
    const options = { progress: 'quiet', output: 'json', v: 0 } as const
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const plan = makePlan('reset', reset([found]), { skip: ['preflight'] })
    const dry = { ...parts, dryRun: { newCluster: false } }
    const code = await runDry(plan, dry, options, { warnings, unanswered: [server] })
    const answer = JSON.parse(stdout.mock.calls.map(([text]) => String(text)).join(''))
    stdout.mockRestore()
    expect(code).toBe(0)
    expect(answer.unansweredServers).toEqual([server])
    expect(answer.warnings.join('\n')).toMatch(/is not reachable(.|\n)*etcd could not be asked/)
    expect(answer.changes.map(({ what }: { what: string }) => what)).toContain('/etc/kubernetes/admin.conf')
  })
})
