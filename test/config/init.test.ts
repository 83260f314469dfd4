import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { skippedAddons } from '../../src/cli/run/phase-flags.ts'
import { toClusterConfigurationTree } from '../../src/cluster/cluster-configuration-tree.ts'
import type { InitRequest } from '../../src/cluster/request.ts'
import { secret } from '../../src/cluster/secret.ts'
import { completeInit, type LoadedConfig, serverOf } from '../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { problemsOf } from './broken.ts'

const root = new URL('../fixtures/config/', import.meta.url)
const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'

function load(text: string | undefined, flags = {}, facts = makeFacts()): LoadedConfig<InitRequest> {
  const file = text === undefined ? {} : { file: { path: 'kadm.yaml', text } }
  return completeInit(
    settleInit(parseInit({ ...file, flags, startedAt, randomToken, skippedAddons }), undefined),
    facts,
  )
}

/** Each directory: a configuration, and the result of kubeadm, recorded by record.sh. */
const cases = readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory())

describe.each(cases.map(entry => entry.name))('the case %s', name => {
  const read = (file: string) => readFileSync(new URL(`${name}/${file}`, root), 'utf8')
  const { cluster, warnings } = load(read('config.yaml'))

  it(`init stores the same ClusterConfiguration as kubeadm in the case ${name}`, () => {
    expect(toYaml(toClusterConfigurationTree(cluster.config))).toBe(read('kubeadm-config.yaml'))
  })

  it(`init stores the same kubelet configuration as kubeadm in the case ${name}`, () => {
    expect(toYaml(cluster.kubelet.tree)).toBe(read('kubelet-config.yaml'))
  })

  it(`init stores the same kube-proxy configuration as kubeadm in the case ${name}`, () => {
    expect(toYaml(cluster.kubeProxy.tree).trimEnd()).toBe(read('kube-proxy.yaml').trimEnd())
  })

  it(`init prints the warnings of kubeadm in the case ${name}`, () => {
    const shared = warnings.filter(warning => !warning.startsWith('"rotateCertificates"'))
    expect(shared).toEqual(read('warnings.txt').split('\n').filter(Boolean))
  })
})

it.each([
  [['addon'], [true, true]],
  [['addon/coredns'], [true, false]],
  [['addon/kube-proxy'], [false, true]],
  [['certs'], [false, false]],
] as const)('init that skips %j records which of CoreDNS and kube-proxy it skips', (skipped, expected) => {
  const { dns, proxy } = load(undefined, { 'skip-phases': skipped }).cluster.config
  expect([dns.disabled === true, proxy.disabled === true]).toEqual(expected)
})

describe('init', () => {
  const range = 'service-cluster-ip-range'
  const head = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n'

  it('init deploys the newest supported Kubernetes version by default', () => {
    expect(load(undefined).cluster.config.kubernetesVersion).toBe('v1.37.2')
  })

  it('init with --dry-run=false overrides dryRun: true in the file', () => {
    const text = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ndryRun: true\n'
    expect(load(text).dryRun).toBe(true)
    expect(load(text, { 'dry-run': false }).dryRun).toBe(false)
  })

  it('init reads its configuration from flags, including comma-separated lists and a token file', () => {
    const { cluster, request, skipPhases } = load(undefined, {
      'apiserver-cert-extra-sans': ['A.example.com,b', '10.1.1.1'],
      'apiserver-bind-port': '7443',
      'control-plane-endpoint': 'k8s.example.com',
      'kubernetes-version': 'stable-1.36',
      'node-name': 'Node-9',
      'skip-phases': ['addon/kube-proxy'],
      'token-file': secret(`${randomToken()}\n`),
      'token-ttl': '0',
      'upload-certs': true,
    })
    const { config, nodes } = cluster
    expect(config.apiServer.certSANs).toEqual(['a.example.com', 'b', '10.1.1.1'])
    expect(config).toMatchObject({ kubernetesVersion: 'v1.36.3', controlPlaneEndpoint: 'k8s.example.com:7443' })
    expect(config.proxy.disabled).toBe(true)
    expect(nodes).toMatchObject([{ name: 'node-9', bindPort: 7443 }])
    expect(request).toMatchObject({ uploadCerts: true, bootstrapTokens: [{ ttl: 0 }] })
    expect(request.bootstrapTokens[0]?.token.reveal()).toBe(randomToken())
    expect(request.bootstrapTokens[0]?.drawn).toBeUndefined()
    expect(skipPhases).toEqual(['addon/kube-proxy'])
  })

  it('init merges ignored checks with the file, and --node-name overrides the file', () => {
    const text = `${head.replace('Cluster', 'Init')}nodeRegistration: {name: a, ignorePreflightErrors: [Swap]}\n`
    const flags = { config: 'kadm.yaml', 'node-name': 'b', 'ignore-preflight-errors': ['Mem,swap'] }
    expect(load(text, flags).cluster.nodes).toMatchObject([{ name: 'b', ignorePreflightErrors: ['mem', 'swap'] }])
  })

  it('init accepts a token that has only an expiration time, unlike kubeadm', () => {
    const text = `${head.replace('Cluster', 'Init')}bootstrapTokens: [{expires: "2030-01-01T01:00:00Z"}]\n`
    expect(load(text).request.bootstrapTokens).toMatchObject([{ ttl: 3_600_000, drawn: true }])
  })

  it.each([
    [{}, undefined, '10.77.0.11'],
    [{ defaultAddress6: 'fd00::1' }, undefined, '10.77.0.11'],
    [{ defaultAddress6: 'fd00::1' }, '::', 'fd00::1', 'fd10::/108'],
    [{ defaultAddress6: 'fd00::1' }, undefined, 'fd00::1', 'fd10::/108,10.96.0.0/12'],
    [{ defaultAddress6: 'fd00::1' }, undefined, '10.77.0.11', '10.96.0.0/12,fd10::/108'],
    [{}, '010.0.0.001', '10.0.0.1'],
    [{}, '0.0.0.0', '10.77.0.11'],
  ])(
    'init selects the advertise address from the facts %o and the flag %s',
    (facts, address, expected, services = '10.96.0.0/12') => {
      const given = address === undefined ? {} : { 'apiserver-advertise-address': address }
      const flags = { ...given, 'service-cidr': services }
      expect(load(undefined, flags, makeFacts(facts)).cluster.nodes).toMatchObject([{ advertiseAddress: expected }])
    },
  )

  /** kube-apiserver compares its address with the first service network; kubeadm compares nothing. */
  it.each<readonly [string, boolean, Record<string, string>]>([
    ['IPv6 among IPv4 services', false, { 'apiserver-advertise-address': 'fd00::1' }],
    ['IPv4 among IPv6 services', false, { 'apiserver-advertise-address': '10.0.0.1', 'service-cidr': 'fd10::/108' }],
    ['IPv6 of the host among IPv4 services', false, { 'apiserver-advertise-address': '::' }],
    ['a host without IPv6 address for IPv6 services', false, { 'service-cidr': 'fd10::/108' }],
    [
      'IPv6 among services of both families, IPv4 first',
      false,
      { 'apiserver-advertise-address': 'fd00::1', 'service-cidr': '10.96.0.0/12,fd10::/108' },
    ],
    [
      'IPv4 among services of both families, IPv4 first',
      true,
      { 'apiserver-advertise-address': '10.0.0.1', 'service-cidr': '10.96.0.0/12,fd10::/108' },
    ],
    ['IPv4 in IPv6', true, { 'apiserver-advertise-address': '::ffff:10.0.0.1' }],
    ['an address of the service network', false, { 'apiserver-advertise-address': '10.100.0.1' }],
    [
      'an address of the second service network',
      false,
      { 'apiserver-advertise-address': '10.0.0.1', 'service-cidr': 'fd10::/108,10.0.0.0/16' },
    ],
    [
      'an address of the pod network',
      false,
      { 'apiserver-advertise-address': '10.244.3.1', 'pod-network-cidr': '10.244.0.0/16' },
    ],
    [
      'an address outside the pod network',
      true,
      { 'apiserver-advertise-address': '10.245.0.1', 'pod-network-cidr': '10.244.0.0/16' },
    ],
  ])('init checks the advertise address against the networks: %s', (_, sound, flags) => {
    const machine = makeFacts(flags['apiserver-advertise-address'] === '::' ? { defaultAddress6: 'fd00::1' } : {})
    const fields = problemsOf(() => load(undefined, flags, machine)).map(problem => problem.field ?? '')
    expect(fields.length === 0).toBe(sound)
    for (const field of fields) expect(field).toMatch(/^(--service-cidr|--pod-network-cidr|.*Subnet)$/)
  })

  it.each([
    [
      'the API server advertises another address',
      'apiServer: {extraArgs: [{name: advertise-address, value: 10.0.0.1}]}',
    ],
    [
      'the API server does not register an endpoint',
      'apiServer: {extraArgs: [{name: endpoint-reconciler-type, value: none}]}',
    ],
    ['the API server has another service network', `apiServer: {extraArgs: [{name: ${range}, value: "fd10::/108"}]}`],
  ])('init accepts an advertise address of another IP family when %s', (__, body) => {
    const text = `${head.replace('Cluster', 'Init')}localAPIEndpoint: {advertiseAddress: "fd00::1"}\n---\n${head}${body}\n`
    expect(problemsOf(() => load(text))).toEqual([])
  })

  it('init accepts an advertise address in the pod network when nodes get no pod CIDR', () => {
    const args = 'controllerManager: {extraArgs: [{name: allocate-node-cidrs, value: "false"}]}'
    const pods = `networking: {podSubnet: 10.0.0.0/16}\n${args}\n`
    const text = `${head.replace('Cluster', 'Init')}localAPIEndpoint: {advertiseAddress: 10.0.0.1}\n---\n${head}${pods}`
    expect(problemsOf(() => load(text))).toEqual([])
  })

  it.each(['/etc/kubernetes/pki/', '/etc/kubernetes//pki', '/etc/kubernetes/./pki', '/etc/ssl/../kubernetes/pki'])(
    'init sets clientCAFile of the kubelet to the normalized CA path: %s',
    dir => {
      const { cluster } = load(`${head}certificatesDir: ${dir}\n`)
      expect(cluster.kubelet.tree.authentication).toMatchObject({
        x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
      })
      expect(cluster.config.certificatesDir).toBe(dir)
    },
  )

  it('init reports a missing address and an ambiguous container runtime of the host', () => {
    const { defaultAddress: _, ...facts } = makeFacts({ criSockets: ['unix:///a', 'unix:///b'] })
    expect(problemsOf(() => load(undefined, {}, facts)).map(problem => problem.field)).toEqual([
      'InitConfiguration.nodeRegistration.criSocket',
      'InitConfiguration.localAPIEndpoint.advertiseAddress',
    ])
  })

  it.each([
    ['from the address of the host', '', 'https://10.77.0.11:6443'],
    ['from the file', 'controlPlaneEndpoint: api:7443\n', 'https://api:7443'],
  ])('serverOf returns the server %s without a node', (_, body, server) => {
    const file = { path: 'kadm.yaml', text: head + body }
    const facts = makeFacts({ hostname: 'No Name', criSockets: ['unix:///a', 'unix:///b'] })
    expect(serverOf(parseInit({ file, flags: {}, startedAt, randomToken }), facts)).toBe(server)
  })

  it('serverOf fails for a host without an address', () => {
    const { defaultAddress: _, ...facts } = makeFacts()
    const problems = problemsOf(() => serverOf(parseInit({ flags: {}, startedAt, randomToken }), facts))
    expect(problems).toMatchObject([{ remedy: expect.stringMatching(/--config/) }])
  })

  it('init warns about a document that it does not read', () => {
    const text = `${head}---\napiVersion: example.com/v1\nkind: Thing\n`
    expect(load(text).warnings).toEqual([
      'Ignored configuration document with GroupVersionKind example.com/v1, Kind=Thing',
    ])
  })

  it('init rejects an unsupported feature gate and names the feature', () => {
    expect(() => load(`${head}featureGates: {RootlessControlPlane: true}\n`)).toThrow(
      expect.objectContaining({ code: 'NOT_BUILT', message: expect.stringMatching(/without root/) }),
    )
  })

  it('init makes a dry run when the flag or the file sets it', () => {
    expect(load(head, { 'dry-run': true }).dryRun).toBe(true)
    expect(load('apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ndryRun: true\n').dryRun).toBe(true)
    expect(load(head).dryRun).toBe(false)
  })

  it('init reads a configuration in JSON', () => {
    const json = JSON.stringify({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      clusterName: 'j',
    })
    expect(load(json).cluster.config.clusterName).toBe('j')
  })
})
