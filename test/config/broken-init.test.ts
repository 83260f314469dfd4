import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { parseInit } from '../../src/config/init.ts'
import { type Broken, cluster, init, problemsOf } from './broken.ts'

const C = 'ClusterConfiguration'
const I = 'InitConfiguration'
const kubelet = (body: string) =>
  `${cluster('')}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${body}`

const text: readonly Broken[] = [
  {
    title: 'invalid YAML',
    text: cluster('networking: {podSubnet: [}\n'),
    line: 3,
    message: /a value is expected/,
    remedy: /fix the YAML/,
  },
  {
    title: 'a document without a kind',
    text: 'apiVersion: v1\n',
    line: 1,
    message: /kind and apiVersion/,
    remedy: /kind:/,
  },
  {
    title: 'an empty file',
    text: '',
    line: 1,
    message: /no InitConfiguration or ClusterConfiguration kind/,
    remedy: /add/,
  },
  {
    title: 'a kind written twice',
    text: `${cluster('')}---\n${cluster('')}`,
    field: C,
    line: 4,
    message: /kind "ClusterConfiguration" is specified twice/,
    remedy: /remove one/,
  },
  {
    title: 'a retired version',
    text: cluster('').replace('v1beta4', 'v1beta3'),
    field: `${C}.apiVersion`,
    line: 1,
    message: /old API spec: "kubeadm.k8s.io\/v1beta3"/,
    remedy: /kubeadm v1.36: kubeadm config migrate/,
  },
  {
    title: 'an experimental version',
    text: cluster('').replace('v1beta4', 'v1'),
    field: `${C}.apiVersion`,
    line: 1,
    message: /experimental API spec/,
    remedy: /v1beta4/,
  },
  {
    title: 'a misspelled kind',
    text: cluster('').replace(C, 'ClusterConfig'),
    field: 'ClusterConfig.kind',
    line: 2,
    message: /unknown kind "ClusterConfig"/,
    remedy: /known kinds|did you mean/,
  },
  {
    title: 'a component configuration of another version',
    text: kubelet('').replace('v1beta1', 'v1alpha9'),
    field: 'KubeletConfiguration.apiVersion',
    line: 4,
    message: /unsupported apiVersion "kubelet.config.k8s.io\/v1alpha9"/,
    remedy: /v1beta1/,
  },
  {
    title: 'an unknown field',
    text: cluster('networking:\n  podSubnets: 10.0.0.0/16\n'),
    field: `${C}.networking.podSubnets`,
    line: 4,
    message: /unknown field "podSubnets"/,
    remedy: /did you mean "podSubnet"/,
  },
  {
    title: 'a field in the wrong case',
    text: cluster('imagerepository: x\n'),
    field: `${C}.imagerepository`,
    line: 3,
    message: /unknown field/,
    remedy: /"imageRepository"/,
  },
  {
    title: 'a key written twice',
    text: cluster('clusterName: a\nclusterName: b\n'),
    field: `${C}.clusterName`,
    line: 4,
    message: /written twice/,
    remedy: /remove one/,
  },
  {
    title: 'a number instead of a string',
    text: cluster('apiServer:\n  extraArgs:\n  - name: v\n    value: 2\n'),
    field: `${C}.apiServer.extraArgs[0].value`,
    line: 6,
    message: /must be a string, not a number/,
    remedy: /quotes/,
  },
  {
    title: 'the map that extraArgs was before v1beta4',
    text: cluster('apiServer:\n  extraArgs: {v: "2"}\n'),
    field: `${C}.apiServer.extraArgs`,
    line: 4,
    message: /must be a list, not a mapping/,
    remedy: /- /,
  },
  {
    title: 'a duration without a known unit',
    text: cluster('certificateValidityPeriod: 1y\n'),
    field: `${C}.certificateValidityPeriod`,
    line: 3,
    message: /"1y" is not a duration/,
    remedy: /8760h/,
  },
  {
    title: 'an unknown field of the kubelet',
    text: kubelet('maxPod: 5\n'),
    field: 'KubeletConfiguration.maxPod',
    line: 6,
    message: /unknown field "maxPod"/,
    remedy: /"maxPods"/,
  },
  {
    title: 'a field that the kubelet of the chosen version does not know',
    text: kubelet('defaultPodSysctls: {a: b}\n').replace(`kind: ${C}`, `kind: ${C}\nkubernetesVersion: v1.36.3`),
    field: 'KubeletConfiguration.defaultPodSysctls',
    line: 7,
    message: /requires v1.37/,
    remedy: /newer/,
  },
]

const values: readonly Broken[] = [
  {
    title: 'an invalid version',
    text: cluster('kubernetesVersion: v1.37\n'),
    field: `${C}.kubernetesVersion`,
    line: 3,
    message: /"v1.37" doesn't match patterns/,
    remedy: /v1.37.2/,
  },
  {
    title: 'a version that is too old',
    text: cluster('kubernetesVersion: v1.35.2\n'),
    field: `${C}.kubernetesVersion`,
    line: 3,
    message: />= 1.36.0. Current version: v1.35.2/,
    remedy: /v1.36 and v1.37/,
  },
  {
    title: 'a version that is too new',
    text: cluster('kubernetesVersion: v1.38.0\n'),
    field: `${C}.kubernetesVersion`,
    line: 3,
    message: /v1.38.0 is newer/,
    remedy: /v1.36 and v1.37/,
  },
  {
    title: 'pod and service subnets that overlap',
    text: cluster('networking:\n  serviceSubnet: 10.96.0.0/16,fd00:1::/112\n  podSubnet: 10.0.0.0/8,fd00:2::/56\n'),
    field: `${C}.networking.podSubnet`,
    line: 5,
    message: /"10.0.0.0\/8" overlaps with the service subnet "10.96.0.0\/16"/,
    remedy: /share no address/,
  },
  {
    title: 'an invalid subnet',
    text: cluster('networking: {podSubnet: 10.244.0.0}\n'),
    field: `${C}.networking.podSubnet`,
    line: 3,
    message: /couldn't parse subnet/,
    remedy: /10.244.0.0\/16/,
  },
  {
    title: 'two service subnets of one family',
    text: cluster('networking: {serviceSubnet: "10.0.0.0/16,10.1.0.0/16"}\n'),
    field: `${C}.networking.serviceSubnet`,
    line: 3,
    message: /expected one \(IPv4 or IPv6\) CIDR or two CIDRs from each family/,
    remedy: /fd00/,
  },
  {
    title: 'a service subnet with too many addresses',
    text: cluster('networking:\n  serviceSubnet: 10.0.0.0/8\n'),
    field: `${C}.networking.serviceSubnet`,
    line: 4,
    message: /for 32-bit addresses, the mask must be >= 12/,
    remedy: /\/12/,
  },
  {
    title: 'a pod subnet that is wider than its node masks allow',
    text: cluster('networking:\n  podSubnet: fd00::/40\n'),
    field: `${C}.networking.podSubnet`,
    line: 4,
    message: /pod subnet mask \(40\) and node-mask \(64\) difference is greater than 16/,
    remedy: /\/48/,
  },
  {
    title: 'an endpoint in capitals',
    text: cluster('controlPlaneEndpoint: LB.example.com:6443\n'),
    field: `${C}.controlPlaneEndpoint`,
    line: 3,
    message: /host 'LB.example.com' must be a valid IP address or a valid RFC-1123 DNS subdomain/,
    remedy: /lower case/,
  },
  {
    title: 'an endpoint with an impossible port',
    text: cluster('controlPlaneEndpoint: lb:70000\n'),
    field: `${C}.controlPlaneEndpoint`,
    line: 3,
    message: /port 70000 must be a valid number between 1 and 65535, inclusive/,
    remedy: /host:port/,
  },
  {
    title: 'local and external etcd together',
    text: cluster('etcd:\n  local: {}\n  external: {endpoints: ["https://a:2379"]}\n'),
    field: `${C}.etcd`,
    line: 3,
    message: /mutually exclusive/,
    remedy: /remove one/,
  },
  {
    title: 'an external etcd over plain HTTP that has certificates',
    text: cluster('etcd:\n  external:\n    caFile: /ca.crt\n    endpoints:\n    - http://a:2379\n'),
    field: `${C}.etcd.external.endpoints[0]`,
    line: 7,
    message: /must be using the HTTPS scheme/,
    remedy: /https/,
  },
  {
    title: 'an unknown algorithm',
    text: cluster('encryptionAlgorithm: RSA-2049\n'),
    field: `${C}.encryptionAlgorithm`,
    line: 3,
    message: /Invalid encryption algorithm "RSA-2049". Must be one of \[ECDSA-P256/,
    remedy: /"RSA-2048"/,
  },
  {
    title: 'an unknown feature gate',
    text: cluster('featureGates:\n  RootlessControlPlan: true\n'),
    field: `${C}.featureGates.RootlessControlPlan`,
    line: 4,
    message: /RootlessControlPlan is not a valid feature name/,
    remedy: /"RootlessControlPlane"/,
  },
  {
    title: 'an argument with dashes',
    text: cluster('scheduler: {extraArgs: [{name: --v, value: "2"}]}\n'),
    field: `${C}.scheduler.extraArgs[0].name`,
    line: 3,
    message: /no leading dashes/,
    remedy: /write v/,
  },
  {
    title: 'a CRI socket that is not a unix socket',
    text: init('nodeRegistration:\n  criSocket: tcp://x\n'),
    field: `${I}.nodeRegistration.criSocket`,
    line: 4,
    message: /only URL scheme "unix" is supported, got "tcp"/,
    remedy: /unix:\/\/\//,
  },
  {
    title: 'a loopback address to advertise',
    text: init('localAPIEndpoint: {advertiseAddress: 127.0.0.1}\n'),
    field: `${I}.localAPIEndpoint.advertiseAddress`,
    line: 3,
    message: /cannot use "127.0.0.1" as the bind address/,
    remedy: /--apiserver-advertise-address/,
  },
  {
    title: 'a certificate key of the wrong size',
    text: init('certificateKey: "abcd"\n'),
    field: `${I}.certificateKey`,
    line: 3,
    message: /invalid certificate key size 2, the key must be an AES key of size 32/,
    remedy: /kadm certs certificate-key/,
  },
  {
    title: 'a token with ttl and expires',
    text: init('bootstrapTokens:\n- ttl: 1h\n  expires: "2031-01-01T00:00:00Z"\n'),
    field: `${I}.bootstrapTokens[0]`,
    line: 4,
    message: /\.TTL and \.Expires fields are mutually exclusive/,
    remedy: /remove one/,
  },
  {
    title: 'a token file together with a token in the configuration',
    text: init('bootstrapTokens:\n- token: abcdef.0123456789abcdef\n'),
    flags: { config: 'kadm.yaml', 'token-file': secret('bcdefg.0123456789abcdef') },
    field: `${I}.bootstrapTokens[0].token`,
    line: 4,
    message: /--token-file sets another/,
    remedy: /omit --token-file/,
  },
  {
    title: 'an empty token file',
    flags: { 'token-file': secret('\n') },
    field: '--token-file',
    message: /the file is empty/,
    remedy: /omit --token-file/,
  },
  {
    title: "'all' together with a single check",
    text: init('nodeRegistration: {ignorePreflightErrors: [Swap]}\n'),
    flags: { config: 'kadm.yaml', 'ignore-preflight-errors': ['ALL'] },
    field: '--ignore-preflight-errors',
    message: /"all,swap": don't specify individual checks if 'all' is used/,
    remedy: /alone/,
  },
]

const flags: readonly Broken[] = [
  {
    title: 'a port that is not a number',
    flags: { 'apiserver-bind-port': 'x' },
    field: '--apiserver-bind-port',
    message: /"x" is not a whole number/,
    remedy: /6443/,
  },
  {
    title: 'a feature gate without a value',
    flags: { 'feature-gates': 'A' },
    field: '--feature-gates',
    message: /missing bool value for feature-gate key:A/,
    remedy: /Name=true/,
  },
  {
    title: 'a feature gate that is neither on nor off',
    flags: { 'feature-gates': 'A=maybe' },
    field: '--feature-gates',
    message: /invalid value maybe for feature-gate key: A, use true\|false instead/,
    remedy: /Name=true/,
  },
  {
    title: 'an extra argument whose value holds a comma',
    flags: { 'apiserver-extra-args': 'a=b,c' },
    field: '--apiserver-extra-args',
    message: /name=value pairs/,
    remedy: /extraArgs/,
  },
  {
    title: 'an invalid subnet in a flag',
    flags: { 'pod-network-cidr': '10.0.0.0' },
    field: '--pod-network-cidr',
    message: /couldn't parse subnet/,
    remedy: /10.244.0.0\/16/,
  },
  {
    title: 'a relative certificate directory',
    flags: { 'cert-dir': 'pki' },
    field: '--cert-dir',
    message: /path is not absolute/,
    remedy: /absolute path/,
  },
  {
    title: 'a node name that is not a valid DNS name',
    flags: { 'node-name': 'my_node' },
    field: '--node-name',
    message: /a lowercase RFC 1123 subdomain must consist of/,
    remedy: /--node-name/,
  },
  {
    title: 'a malformed token',
    flags: { token: 'abc' },
    field: '--token',
    message: /the bootstrap token is invalid/,
    remedy: /omit it to generate a token/,
  },
]

const parse = ({ text: content, flags: given = {} }: Broken) =>
  parseInit({
    ...(content === undefined ? {} : { file: { path: 'kadm.yaml', text: content } }),
    flags: given,
    startedAt: new Date('2030-01-01T00:00:00Z'),
    randomToken: () => 'abcdef.0123456789abcdef',
  })

describe.each([...text, ...values, ...flags])('invalid input of init: $title', broken => {
  const problems = problemsOf(() => parse(broken))

  it(`init rejects ${broken.title} with one problem, its place and a remedy`, () => {
    expect(problems).toHaveLength(1)
    const [problem] = problems
    expect({ field: problem?.field, line: problem?.line }).toEqual({ field: broken.field, line: broken.line })
    expect(problem?.message).toMatch(broken.message)
    expect(problem?.remedy).toMatch(broken.remedy)
    expect(problem?.file).toBe(broken.line === undefined ? undefined : 'kadm.yaml')
  })
})

it('init reports all errors of all documents at once', () => {
  const text = `${cluster('foo: 1\nnetworking: {bar: 2}\n')}---\n${init('dryRun: "x"\n')}`
  const found = problemsOf(() => parse({ title: '', text, message: /./, remedy: /./ }))
  expect(found.map(problem => problem.field)).toEqual([`${C}.foo`, `${C}.networking.bar`, `${I}.dryRun`])
})

it('init does not print an invalid secret', () => {
  const text = init('certificateKey: 0123beefbeef\nbootstrapTokens: [{token: 12345.SECRET}]\n')
  const found = problemsOf(() => parse({ title: '', text, message: /./, remedy: /./ }))
  expect(JSON.stringify(found)).not.toMatch(/beef|SECRET|12345/)
})
