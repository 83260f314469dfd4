import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { externalText } from '../../../src/cli/certs/renew/external.ts'
import { renewIntent } from '../../../src/cli/certs/renew/intent.ts'
import { parseRenew, type RenewOptions } from '../../../src/cli/certs/renew/parse.ts'
import { renewResult, renewText } from '../../../src/cli/certs/renew/result.ts'
import type { Reached } from '../../../src/cli/run/intent.ts'
import type { RunReport } from '../../../src/cli/run/run-plan.ts'
import { paths } from '../../../src/cluster/paths.ts'
import { renewableNames } from '../../../src/cluster/renewable-names.ts'
import { findRenewNodes } from '../../../src/compose/renew-node.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { refreshCopies } from '../../../src/phases/kubeconfig-copies/index.ts'
import { checkServed, restartComponents } from '../../../src/phases/restart-components/index.ts'
import { makePlan } from '../../../src/pipeline/plan.ts'
import { apiServer } from '../../clients/https/api-server.ts'
import { authority } from '../../clients/https/authority.ts'
import { makeConfig } from '../../fixtures/cluster.ts'
import { runKadm } from '../run-kadm.ts'

const conf = '/etc/kubernetes/admin.conf'
const options: RenewOptions = { kubeconfig: conf, progress: 'quiet', output: 'text', v: 0 }
const parse = (names: readonly string[], more: Partial<RenewOptions> = {}) =>
  parseRenew({ names, options: { ...options, ...more } }, new Date())

describe('the command line of certs renew', () => {
  it.each([
    ['no name', [], /missing required argument/],
    ['the name of a CA', ['ca'], /ca is not a certificate that can be renewed/],
    ['kubelet.conf, which the kubelet renews', ['kubelet.conf'], /kubelet\.conf is not a certificate/],
    ['a wrong name among others', ['all', 'apisrver'], /apisrver is not a certificate/],
    ['a duration without a unit', ['all', '--expiring-within', '30'], /--expiring-within 30 is not a duration/],
    ['a negative duration', ['all', '--expiring-within=-1h'], /--expiring-within -1h is not a duration/],
    [
      'a relative path on another host',
      ['all', '--host', 'cp1', '--cert-dir', 'pki'],
      /--cert-dir pki is not an absolute/,
    ],
  ])('certs renew rejects %s before it reaches a host', async (_, words, says) => {
    const { code, stderr } = await runKadm(['certs', 'renew', ...words])
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })

  it('certs renew names every certificate that it can renew in its help', async () => {
    const { stdout } = await runKadm(['certs', 'renew', '--help'])
    for (const name of [...renewableNames, 'kubelet-client'])
      expect(stdout).toMatch(new RegExp(`^  ${name} +certificate `, 'm'))
  })

  it.each([
    ['30d', 30 * 24 * 3_600_000],
    ['0d', 0],
    ['1h30m', 5_400_000],
  ])('certs renew reads --expiring-within %s', (text, ms) => {
    expect(parse(['all'], { expiringWithin: text }).parsed.expiringWithinMs).toBe(ms)
  })

  it('certs renew all runs a phase for each certificate, and names select some', async () => {
    const host = fakeHost({ files: {}, commands: () => 1 })
    const idsOf = async (names: readonly string[]) => {
      const asked = parse(names)
      const { targets } = await findRenewNodes([host], asked.parsed)
      const plan = makePlan('certs renew', renewIntent.stages({ targets } as never), asked.pick)
      return plan.steps.map(({ phase }) => phase.id)
    }
    const after = [refreshCopies, ...restartComponents, checkServed].map(({ id }) => id)
    expect(await idsOf(['all'])).toEqual([
      ...renewableNames.map(name => `certs-renew/${name}`),
      refreshCopies.id,
      'certs-renew/kubelet-client',
      ...after.slice(1),
    ])
    expect(await idsOf(['etcd-peer', 'apiserver'])).toEqual([
      'certs-renew/apiserver',
      'certs-renew/etcd-peer',
      ...after,
    ])
  })
})

const apiserver = (flags: readonly string[]) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube-apiserver' },
    spec: {
      containers: [{ name: 'kube-apiserver', image: 'kube-apiserver:v1', command: ['kube-apiserver', ...flags] }],
    },
  })

describe('the configuration of certs renew', () => {
  const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml'
  const pod = apiserver(['--client-ca-file=/srv/pki/ca.crt', '--etcd-servers=https://10.0.0.9:2379'])
  const hostWith = (files: Readonly<Record<string, string>>) => fakeHost({ files, commands: () => 1 })

  it('certs renew takes directory and etcd from the static pod when the cluster does not answer, and warns', async () => {
    const { targets, warnings } = await findRenewNodes([hostWith({ [manifest]: pod })], parse(['all']).parsed)
    const [{ cluster, request } = { cluster: undefined, request: undefined }] = targets
    expect(cluster?.config).toMatchObject({
      certificatesDir: '/srv/pki',
      encryptionAlgorithm: 'RSA-2048',
      etcd: { external: { endpoints: ['https://10.0.0.9:2379'] } },
    })
    expect(request).toMatchObject({ assumedConfig: true })
    expect(request?.kubeconfigsOf).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/^fake: the configuration of the cluster cannot be read \(.*admin\.conf/),
    ])
  })

  it.each([
    ['none answers', [{ [manifest]: pod }, {}], [true, true]],
    ['one of them answers', [{ [manifest]: pod }, {}, undefined], [undefined, undefined, undefined]],
  ])('certs renew awaits the health of components unless the API servers are silent: %s', async (_, hosts, silent) => {
    const server = await apiServer(authority().issue('kube-apiserver'), (_seen, response) => response.end('ok'))
    const flags = ['--advertise-address=127.0.0.1', `--secure-port=${server.port}`]
    const answering = { ...hostWith({ [manifest]: apiserver(flags) }), connect: (await connectLocal()).connect }
    const all = hosts.map(files => (files === undefined ? answering : hostWith(files)))
    const { targets } = await findRenewNodes(all, parse(['all']).parsed)
    await server.stop()
    expect(targets.map(({ request }) => request.apiSilent)).toEqual(silent)
  })

  it.each([
    ['healthzPort: 0\nhealthzBindAddress: 127.0.0.2\n', { healthzPort: 0, healthzBindAddress: '127.0.0.2' }],
    ['healthzPort: "x"\n', { healthzPort: 10248 }],
    ['{', { healthzPort: 10248 }],
  ])('certs renew reads where the kubelet serves its health from its configuration %j', async (config, fields) => {
    const { targets } = await findRenewNodes([hostWith({ [paths.kubeletConfig]: config })], parse(['all']).parsed)
    expect(targets[0]?.cluster.kubelet.tree).toMatchObject(fields)
  })

  it('certs renew waits for components as long as the timeouts of --config say', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'kadm-renew-')), 'c.yaml')
    const timeouts = 'timeouts: {controlPlaneComponentHealthCheck: 90s}'
    await writeFile(file, `apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n${timeouts}\n`)
    const { targets } = await findRenewNodes([hostWith({})], parse(['all'], { config: file }).parsed)
    expect(targets[0]?.request.timeouts.controlPlaneComponentHealthCheck).toBe(90_000)
  })

  it('certs renew uses --config without asking the cluster', async () => {
    const config = makeConfig({ encryptionAlgorithm: 'ECDSA-P256', certificatesDir: '/srv/pki' })
    const parsed = { kubeconfig: conf, config }
    const { targets, warnings } = await findRenewNodes([hostWith({})], parsed)
    expect(targets[0]?.cluster.config).toEqual(config)
    expect(targets[0]?.request.assumedConfig).toBeUndefined()
    expect(warnings).toEqual([])
  })

  it.each([
    ['another directory', '/tmp/pki/', '/tmp/pki', '/etc/kubernetes/pki'],
    ['the directory of the cluster', '/etc/kubernetes/pki', '/etc/kubernetes/pki', undefined],
  ])('certs renew leaves the kubeconfigs alone when --cert-dir is %s', async (_, certDir, used, kubeconfigsOf) => {
    const { targets } = await findRenewNodes([hostWith({})], parse(['all'], { certDir }).parsed)
    expect(targets[0]?.cluster.config.certificatesDir).toBe(used)
    expect(targets[0]?.request.kubeconfigsOf).toBe(kubeconfigsOf)
  })

  it('certs renew fails when a kubeconfig is named together with another --cert-dir', async () => {
    const host = { ...hostWith({}), query: async () => ({ code: 1, stdout: '', stderr: '' }) }
    const reached = { hosts: [host], first: host } as unknown as Reached
    const asked = parse(['apiserver', 'admin.conf'], { certDir: '/tmp/pki' })
    await expect(renewIntent.observe(asked, reached)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^admin\.conf cannot be renewed with another --cert-dir/),
    })
  })
})

const report = (values: RunReport['values']): RunReport => ({
  ...{ results: {}, changes: [], steps: [], absent: [], phases: [], warnings: [], judgements: [], seconds: 1 },
  values,
})
const value = (key: string, text: string, node = 'cp1') => ({ node, key, value: text })
const expires = '2027-11-30T10:00:00.000Z'

describe('the result of certs renew', () => {
  it('certs renew prints the lines of kubeadm, in its order', () => {
    const values = [
      value('external', `front-proxy-client ${expires}`),
      value('missing', 'super-admin.conf'),
      value('renewed', `apiserver ${expires}`),
      value('kept', `admin.conf ${expires}`),
    ]
    const result = renewResult(['cp1'], report(values))
    expect(renewText(result, { all: true })).toBe(`\
certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself kept: it expires on 2027-11-30
certificate for serving the Kubernetes API renewed
Detected external front-proxy-ca, certificate for the front proxy client can't be renewed
MISSING! certificate embedded in the kubeconfig file for the super-admin

Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.
`)
    expect(renewText(result, { all: false })).not.toContain('Done')
    expect(result.nodes[0]?.certificates[1]).toMatchObject({ name: 'apiserver', outcome: 'renewed', expires })
  })

  it('certs renew names the node of each result when it renews several', () => {
    const values = [value('renewed', `apiserver ${expires}`), value('renewed', `apiserver ${expires}`, 'cp2')]
    const line = 'certificate for serving the Kubernetes API renewed\n'
    expect(renewText(renewResult(['cp1', 'cp2'], report(values)), { all: false })).toBe(`cp1:\n${line}\ncp2:\n${line}`)
  })

  it('certs renew names what it restarted, and reports that the certificates are in use', () => {
    const values = [
      value('renewed', `apiserver ${expires}`),
      value('restarted', 'kube-scheduler'),
      value('inUse', 'cp1'),
    ]
    const result = renewResult(['cp1'], report(values))
    expect(result.nodes[0]).toMatchObject({ restarted: ['kube-scheduler'], inUse: true })
    expect(renewText(result, { all: true })).toBe(`\
certificate for serving the Kubernetes API renewed
kube-scheduler restarted

Done renewing certificates. All components use the certificates in their files.
`)
  })

  it('certs renew does not ask for a restart when nothing was renewed', () => {
    expect(
      renewText(renewResult(['cp1'], report([value('kept', `apiserver ${expires}`)])), { all: true }),
    ).not.toContain('Done')
  })
})

describe('what certs renew prints for an external CA', () => {
  const external = (...outcomes: readonly string[]) =>
    ({ nodes: outcomes.map(outcome => ({ certificates: [{ outcome }] })) }) as unknown as Parameters<
      typeof externalText
    >[0]

  it('certs renew prints the commands that renew what an external CA has signed, for each host', () => {
    const hosts = ['root@cp1:22', 'cp2'].map(spec => ({ flag: '--host' as const, spec }))
    expect(externalText(external('external', 'external'), hosts)).toBe(`
To renew what an external CA has signed, with CAS as the directory that holds its key:
  kadm certs generate-csr --renewal --out-dir ./cp1 --host root@cp1:22
  kadm certs sign-csr ./cp1 --cert-dir CAS
  kadm certs import ./cp1 --host root@cp1:22
  kadm certs generate-csr --renewal --out-dir ./cp2 --host cp2
  kadm certs sign-csr ./cp2 --cert-dir CAS
  kadm certs import ./cp2 --host cp2
`)
  })

  it('certs renew prints nothing about an external CA when every CA is on its host', () => {
    expect(externalText(external('renewed'), [{ flag: '--host', spec: undefined }])).toBe('')
  })
})
