import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { completeJoin } from '../../src/config/complete-join.ts'
import { type JoinInput, parseJoin } from '../../src/config/join.ts'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { type Broken, join, problemsOf } from './broken.ts'

const token = 'abcdef.0123456789abcdef'
const hash = `sha256:${'0a'.repeat(32)}`
const stored = (name: string) => readFileSync(new URL(`../fixtures/config/full/${name}`, import.meta.url), 'utf8')
const certificateKey = 'ab'.repeat(32)
const documents = {
  clusterConfiguration: stored('kubeadm-config.yaml'),
  kubelet: stored('kubelet-config.yaml'),
  kubeProxy: stored('kube-proxy.yaml'),
}
const byFlags: JoinInput = { endpoint: '10.0.0.1:6443', flags: { token, 'discovery-token-ca-cert-hash': [hash] } }

describe('join', () => {
  it('join reads endpoint, token and hash from flags and uses the token for discovery and TLS bootstrap', () => {
    const { discovery } = parseJoin(byFlags).config
    expect(discovery.bootstrapToken).toMatchObject({ apiServerEndpoint: '10.0.0.1:6443', caCertHashes: [hash] })
    expect([discovery.bootstrapToken?.token.reveal(), discovery.tlsBootstrapToken?.reveal()]).toEqual([token, token])
  })

  it('join uses --tls-bootstrap-token for the kubelet', () => {
    const flags = { ...byFlags.flags, 'tls-bootstrap-token': 'zzzzzz.0123456789abcdef' }
    expect(parseJoin({ ...byFlags, flags }).config.discovery.tlsBootstrapToken?.reveal()).toMatch(/^zzzzzz/)
  })

  it('join accepts a file URL as discovery file', () => {
    const parsed = parseJoin({ flags: { 'discovery-file': 'file:///etc/a%20b.conf', token } })
    expect(parsed.config.discovery.file).toEqual({ kubeConfigPath: '/etc/a b.conf' })
    expect(parsed.config.discovery.bootstrapToken).toBeUndefined()
  })

  it('join with --from needs no discovery', () => {
    expect(parseJoin({ flags: {}, from: true }).config.discovery).toEqual({})
  })

  it('join creates a worker from the facts of the host and the stored configuration', () => {
    const { cluster } = completeJoin(parseJoin(byFlags), makeFacts({ hostname: 'W1' }), documents)
    expect(cluster.nodes).toMatchObject([{ name: 'w1', role: 'worker' }])
    expect(cluster.nodes[0]).not.toHaveProperty('advertiseAddress')
    expect(cluster.nodes[0]?.taints).toBeUndefined()
    expect(cluster.config).toMatchObject({ clusterName: 'big', controlPlaneEndpoint: 'k8s.example.com:7443' })
    expect(toYaml(cluster.kubelet.tree)).toBe(documents.kubelet)
    expect(toYaml(cluster.kubeProxy.tree).trimEnd()).toBe(documents.kubeProxy.trimEnd())
  })

  it('join uses hostname-override of the kubelet as the node name', () => {
    const text = join(
      `discovery: {file: {kubeConfigPath: /a}}\nnodeRegistration:\n  kubeletExtraArgs: [{name: hostname-override, value: Other}]\n`,
    )
    const parsed = parseJoin({ flags: {}, file: { path: 'join.yaml', text } })
    expect(completeJoin(parsed, makeFacts(), documents).cluster.nodes[0]?.name).toBe('other')
  })

  it('join warns about unknown stored fields and keeps all stored feature gates', () => {
    const clusterConfiguration = documents.clusterConfiguration
      .replace('apiServer:\n', 'surprise: {a: 1}\napiServer:\n')
      .replace('featureGates:\n', 'featureGates:\n  NodeLocalCRISocket: true\n')
    const { cluster, warnings } = completeJoin(parseJoin(byFlags), makeFacts(), { ...documents, clusterConfiguration })
    expect(warnings).toEqual(['ConfigMap kube-system/kubeadm-config: unknown field "surprise" is not used'])
    expect(cluster.config.featureGates).toEqual({ NodeLocalCRISocket: true, RootlessControlPlane: false })
  })

  it('join keeps stored fields of a newer kubelet', () => {
    const kubelet = `${documents.kubelet}zNewField: {a: 1}\n`
    const { cluster } = completeJoin(parseJoin(byFlags), makeFacts(), { ...documents, kubelet })
    expect(cluster.kubelet.tree.zNewField).toEqual({ a: 1 })
  })

  it('join --control-plane creates a tainted node with the address of the default route', () => {
    const flags = { ...byFlags.flags, 'control-plane': true }
    const { cluster, request } = completeJoin(parseJoin({ ...byFlags, flags }), makeFacts(), documents)
    expect(cluster.nodes).toEqual([
      expect.objectContaining({
        role: 'control-plane',
        advertiseAddress: '10.77.0.11',
        bindPort: 6443,
        taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
      }),
    ])
    expect(request.certificateKey).toBeUndefined()
  })

  it.each<readonly [string, string, Record<string, string>, string | undefined]>([
    ['fd10::/108', 'IPv6', { defaultAddress6: 'fd00::1' }, 'fd00::1'],
    ['fd10::/108,10.96.0.0/12', 'IPv6 first', { defaultAddress6: 'fd00::1' }, 'fd00::1'],
    ['10.96.0.0/12,fd10::/108', 'IPv4 first', { defaultAddress6: 'fd00::1' }, '10.77.0.11'],
    ['fd10::/108', 'IPv6, on a host without IPv6', {}, undefined],
  ])(
    'join --control-plane selects an address of the IP family of the services %s: %s',
    (services, _, own, expected) => {
      const clusterConfiguration = documents.clusterConfiguration.replace(
        /serviceSubnet: .*/,
        `serviceSubnet: ${services}`,
      )
      const parsed = parseJoin({ ...byFlags, flags: { ...byFlags.flags, 'control-plane': true } })
      const complete = () => completeJoin(parsed, makeFacts(own), { ...documents, clusterConfiguration })
      if (expected === undefined)
        expect(problemsOf(complete)[0]?.message).toMatch(/announces 10\.77\.0\.11, an IPv4 address/)
      else expect(complete().cluster.nodes).toMatchObject([{ advertiseAddress: expected }])
    },
  )

  it('join --control-plane reads address, port and certificate key from flags', () => {
    const own = {
      'apiserver-advertise-address': '10.9.9.9',
      'apiserver-bind-port': '7443',
      'certificate-key': certificateKey,
    }
    const flags = { ...byFlags.flags, 'control-plane': true, ...own }
    const parsed = parseJoin({ ...byFlags, flags })
    const { cluster, request } = completeJoin(parsed, makeFacts(), documents)
    expect(cluster.nodes).toEqual([expect.objectContaining({ advertiseAddress: '10.9.9.9', bindPort: 7443 })])
    expect(request.certificateKey?.reveal()).toBe(certificateKey)
    expect(parsed.warnings).toEqual([])
  })

  it('join with --from warns that it does not use a certificate key', () => {
    const flags = { 'control-plane': true, 'certificate-key': certificateKey }
    expect(parseJoin({ flags, from: true }).warnings).toEqual([expect.stringMatching(/certificate key is not used/)])
  })

  it('join --control-plane fails on a host without an address', () => {
    const parsed = parseJoin({ ...byFlags, flags: { ...byFlags.flags, 'control-plane': true } })
    const { defaultAddress: _, ...nowhere } = makeFacts()
    expect(() => completeJoin(parsed, nowhere, documents)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })

  it('join without --control-plane ignores control plane flags with a warning', () => {
    const flags = { ...byFlags.flags, 'apiserver-bind-port': '7443' }
    expect(parseJoin({ ...byFlags, flags }).warnings).toEqual([
      '--apiserver-bind-port applies only to control plane nodes and is ignored without --control-plane',
    ])
  })

  it.each([
    [
      'a worker without controlPlane in the file and warns',
      '',
      'worker',
      undefined,
      [expect.stringMatching(/controlPlane/)],
    ],
    ['a worker when controlPlane is empty', 'controlPlane:\n', 'worker', undefined, [expect.stringMatching(/^--cert/)]],
    ['a control plane node when the file has controlPlane', 'controlPlane: {}\n', 'control-plane', certificateKey, []],
  ])('join with a file and --certificate-key-file creates %s', (_, body, role, key, warnings) => {
    const file = { path: 'join.yaml', text: join(`discovery: {file: {kubeConfigPath: /a}}\n${body}`) }
    const parsed = parseJoin({ file, flags: { config: 'join.yaml', 'certificate-key-file': secret(certificateKey) } })
    const { cluster, request } = completeJoin(parsed, makeFacts(), documents)
    expect([cluster.nodes[0]?.role, request.certificateKey?.reveal()]).toEqual([role, key])
    expect(parsed.warnings).toEqual(warnings)
  })

  it.each([
    [
      'for discovery and the kubelet',
      `bootstrapToken: {apiServerEndpoint: "a:1", caCertHashes: ["${hash}"]}`,
      [token, token],
    ],
    ['only for the kubelet when the file has a discovery file', 'file: {kubeConfigPath: /a}', [undefined, token]],
  ])('join with a file uses --token-file %s', (_, body, tokens) => {
    const file = { path: 'join.yaml', text: join(`discovery: {${body}}\n`) }
    const { discovery } = parseJoin({ file, flags: { 'token-file': secret(token) } }).config
    expect([discovery.bootstrapToken?.token.reveal(), discovery.tlsBootstrapToken?.reveal()]).toEqual(tokens)
  })

  it.each([
    ['token', { token, 'token-file': secret(token) }],
    ['certificate key', { 'certificate-key': certificateKey, 'certificate-key-file': secret(certificateKey) }],
  ])('join rejects a %s together with the flag for its file', (what, twice) => {
    const flags = { ...byFlags.flags, 'control-plane': true, ...twice }
    expect(() => parseJoin({ ...byFlags, flags })).toThrow(`the ${what} is set twice`)
  })

  it('join makes a dry run when the flag or the file sets it', () => {
    expect(parseJoin({ ...byFlags, flags: { ...byFlags.flags, 'dry-run': true } }).config.dryRun).toBe(true)
    const file = { path: 'join.yaml', text: join('dryRun: true\n') }
    expect(parseJoin({ file, flags: {}, from: true }).config.dryRun).toBe(true)
    const flags = { config: 'join.yaml', 'dry-run': true }
    expect(parseJoin({ file: { path: 'join.yaml', text: join('') }, flags, from: true }).config.dryRun).toBe(true)
  })

  it('join with --config rejects an endpoint and flags that belong in the file', () => {
    const file = { path: 'join.yaml', text: join('') }
    const codes = [{ endpoint: 'a:1', flags: {} }, { flags: { config: 'x', token, 'cri-socket': 'x' } }].map(input => {
      try {
        parseJoin({ file, ...input })
      } catch (error) {
        return isKadmError(error, 'USAGE') ? error.message : error
      }
      return undefined
    })
    expect(codes).toEqual([
      "can not mix '--config' with the endpoint a:1",
      "can not mix '--config' with arguments [cri-socket token]",
    ])
  })
})

const J = 'JoinConfiguration.discovery'
const discovery = (body: string) => join(`discovery:\n  bootstrapToken: {${body}}\n`)
const broken: readonly Broken[] = [
  {
    title: 'a configuration without discovery',
    flags: {},
    field: J,
    message: /bootstrapToken or file must be set/,
    remedy: /--token/,
  },
  {
    title: 'an endpoint without a port',
    endpoint: '1.2.3.4',
    flags: byFlags.flags as Record<string, string>,
    field: '<endpoint>',
    message: /address 1.2.3.4: missing port in address/,
    remedy: /host:port/,
  },
  {
    title: 'a token without a CA hash',
    text: discovery(`token: ${token}, apiServerEndpoint: "a:6443"`),
    field: `${J}.bootstrapToken.caCertHashes`,
    line: 4,
    message: /without caCertHashes can be unsafe/,
    remedy: /--discovery-token-ca-cert-hash/,
  },
  {
    title: 'a truncated CA hash',
    text: discovery(`token: ${token}, apiServerEndpoint: "a:6443", caCertHashes: ["sha256:0a"]`),
    field: `${J}.bootstrapToken.caCertHashes[0]`,
    line: 4,
    message: /invalid discovery token CA certificate hash "sha256:0a"/,
    remedy: /join command/,
  },
  {
    title: 'an empty token file',
    endpoint: '10.0.0.1:6443',
    flags: { 'token-file': secret(''), 'discovery-token-ca-cert-hash': [hash] },
    field: '--token-file',
    message: /the file is empty/,
    remedy: /omit --token-file/,
  },
  {
    title: 'a token file together with a token in the configuration',
    text: discovery(`token: ${token}, apiServerEndpoint: "a:6443", caCertHashes: ["${hash}"]`),
    flags: { 'token-file': secret(token) },
    field: `${J}.bootstrapToken.token`,
    line: 4,
    message: /--token-file sets another/,
    remedy: /omit --token-file/,
  },
  {
    title: 'a token file together with tlsBootstrapToken and a discovery file',
    text: join(`discovery:\n  file: {kubeConfigPath: /a}\n  tlsBootstrapToken: ${token}\n`),
    flags: { 'token-file': secret(token) },
    field: `${J}.tlsBootstrapToken`,
    line: 5,
    message: /--token-file sets another/,
    remedy: /omit --token-file/,
  },
  {
    title: 'a discovery file over plain HTTP',
    text: join('discovery:\n  file:\n    kubeConfigPath: http://a/b\n'),
    field: `${J}.file.kubeConfigPath`,
    line: 5,
    message: /the scheme must be https/,
    remedy: /https URL/,
  },
  {
    title: 'a relative CA path',
    text: join('caCertPath: ca.pem\ndiscovery: {file: {kubeConfigPath: /a}}\n'),
    field: 'JoinConfiguration.caCertPath',
    line: 3,
    message: /must be an absolute path/,
    remedy: /\.crt/,
  },
  {
    title: 'a file with an InitConfiguration',
    text: join('').replace('Join', 'Init'),
    line: 1,
    message: /no JoinConfiguration kind was found/,
    remedy: /JoinConfiguration/,
  },
]

it.each(broken)(
  'join rejects $title with its place and a remedy',
  ({ text, flags = {}, endpoint, field, line, message, remedy }) => {
    const file = text === undefined ? {} : { file: { path: 'join.yaml', text } }
    const problems = problemsOf(() => parseJoin({ ...file, flags, ...(endpoint === undefined ? {} : { endpoint }) }))
    expect(problems).toHaveLength(1)
    expect({ field: problems[0]?.field, line: problems[0]?.line }).toEqual({ field, line })
    expect(problems[0]?.message).toMatch(message)
    expect(problems[0]?.remedy).toMatch(remedy)
  },
)
