import { describe, expect, it } from 'vitest'
import { deadHost, runKadm } from './run-kadm.ts'

const token = 'abcdef.0123456789abcdef'
const pin = `sha256:${'ab'.repeat(32)}`
const joinWith = ['10.0.0.1:6443', '--token', token, '--discovery-token-ca-cert-hash', pin]

/** A file of one document after its first two lines, apiVersion and kind. */
const of = (kind: string, ...lines: readonly string[]) =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', `kind: ${kind}`, ...lines, ''].join('\n')
const cluster = (...lines: readonly string[]) => of('ClusterConfiguration', ...lines)
const joining = (...lines: readonly string[]) => of('JoinConfiguration', ...lines)

interface Bad {
  readonly title: string
  /** Default: `init`. */
  readonly argv?: readonly string[]
  /** The text of the file given with --config. */
  readonly config?: string
  /** Parts of stderr: where, what, and the remedy. */
  readonly says: readonly RegExp[]
}

const inFile: readonly Bad[] = [
  {
    title: 'an unknown field',
    config: cluster('networking:', '  podSubnets: 10.244.0.0/16'),
    says: [/kadm\.yaml:4/, /unknown field "podSubnets"/, /did you mean "podSubnet"/],
  },
  {
    title: 'a key written twice',
    config: cluster('clusterName: a', 'clusterName: b'),
    says: [/kadm\.yaml:4/, /clusterName/, /keep one|remove|once/],
  },
  {
    title: 'a value of another type',
    config: cluster('networking: [10.244.0.0/16]'),
    says: [/kadm\.yaml:3/, /networking/, /→ ./],
  },
  {
    title: 'a number instead of a string',
    config: cluster('kubernetesVersion: 1.37'),
    says: [/kadm\.yaml:3/, /kubernetesVersion/, /→ ./],
  },
  {
    title: 'invalid YAML',
    config: cluster('networking: {podSubnet: ['),
    says: [/kadm\.yaml:4/, /fix the YAML/],
  },
  {
    title: 'pod and service subnets that overlap',
    config: cluster('networking:', '  serviceSubnet: 10.96.0.0/16', '  podSubnet: 10.0.0.0/8'),
    says: [/kadm\.yaml:5/, /"10\.0\.0\.0\/8" overlaps with the service subnet "10\.96\.0\.0\/16"/, /share no address/],
  },
  {
    title: 'an invalid subnet',
    config: cluster('networking:', '  podSubnet: 10.244.0.0'),
    says: [/kadm\.yaml:4/, /couldn't parse subnet/, /write a CIDR such as/],
  },
  {
    title: 'an invalid version',
    config: cluster('kubernetesVersion: latest-and-greatest'),
    says: [/kadm\.yaml:3/, /latest-and-greatest/, /→ ./],
  },
  {
    title: 'a version that kadm does not deploy',
    config: cluster('kubernetesVersion: v1.20.0'),
    says: [/kadm\.yaml:3/, /v1\.20\.0/, /→ ./],
  },
  {
    title: 'an old apiVersion',
    config: cluster().replace('v1beta4', 'v1beta3'),
    says: [/kadm\.yaml:1/, /old API spec/, /migrate/],
  },
  {
    title: 'a misspelled kind',
    config: of('ClusterConfig'),
    says: [/kadm\.yaml:2/, /unknown kind "ClusterConfig"/, /→ ./],
  },
  {
    title: 'an invalid token',
    config: of('InitConfiguration', 'bootstrapTokens:', '- token: hunter2'),
    says: [/kadm\.yaml:4/, /bootstrapTokens\[0\]\.token/, /→ ./],
  },
  {
    title: 'an invalid node name',
    config: of('InitConfiguration', 'nodeRegistration: {name: "no spaces please"}'),
    says: [/kadm\.yaml:3/, /nodeRegistration\.name/, /→ ./],
  },
  {
    title: 'an invalid port',
    config: of('InitConfiguration', 'localAPIEndpoint: {bindPort: 70000}'),
    says: [/kadm\.yaml:3/, /localAPIEndpoint\.bindPort/, /→ ./],
  },
  {
    title: 'an unknown phase to skip',
    config: of('InitConfiguration', 'skipPhases: [addons]'),
    says: [/invalid phase name: addons/, /phases of init: .*addon\/coredns/],
  },
  {
    title: 'discovery without a CA hash',
    argv: ['join'],
    config: joining('discovery:', '  bootstrapToken:', `    token: ${token}`, '    apiServerEndpoint: 10.0.0.1:6443'),
    says: [/kadm\.yaml:4/, /caCertHashes/, /→ ./],
  },
  {
    title: 'an invalid CA hash',
    argv: ['join'],
    config: joining(
      'discovery:',
      '  bootstrapToken:',
      `    token: ${token}`,
      '    apiServerEndpoint: 10.0.0.1:6443',
      '    caCertHashes: [sha256:abc]',
    ),
    says: [/kadm\.yaml:7/, /caCertHashes/, /→ ./],
  },
  {
    title: 'a file for another command',
    argv: ['join'],
    config: cluster(),
    says: [/JoinConfiguration/, /→ ./],
  },
]

const onLine: readonly Bad[] = [
  { title: 'an unknown command', argv: ['inti'], says: [/unknown command 'inti'/, /did you mean init/, /kadm --help/] },
  {
    title: 'a command that only kubeadm has',
    argv: ['alpha'],
    says: [/not have the command alpha/, /kubeadm alpha/],
  },
  {
    title: 'an unknown flag',
    argv: ['init', '--hots', 'cp1'],
    says: [/unknown option '--hots'/, /did you mean --host/],
  },
  {
    title: 'a flag without its value',
    argv: ['init', '--config'],
    says: [/--config <path>.*argument missing/, /init --help/],
  },
  {
    title: 'an invalid progress mode',
    argv: ['init', '--progress', 'loud'],
    says: [/'loud' is invalid/, /plain, json/],
  },
  {
    title: 'two hosts for init',
    argv: ['init', ...deadHost, '--host', 'cp2'],
    says: [/give exactly one --host/, /kadm join --host <host> --from root@127.0.0.1:1/],
  },
  {
    title: 'an unknown phase',
    argv: ['init', 'phase', 'certs', 'apisrver'],
    says: [/certs\/apisrver/, /certs\/apiserver/],
  },
  {
    title: 'a flag of another phase',
    argv: ['init', 'phase', 'certs', 'ca', '--kubeconfig-dir', '/x'],
    says: [/--kubeconfig-dir is not a flag of the phase certs\/ca/, /it takes --cert-dir, --config, --dry-run/],
  },
  {
    title: 'flags of other phases',
    argv: ['init', 'phase', 'certs', 'all', '--skip-token-print', '--kubeconfig-dir', '/x'],
    says: [/--kubeconfig-dir, --skip-token-print are no flags of the phase certs\/all/, /it takes .*--service-cidr/],
  },
  {
    title: 'an unknown phase to skip',
    argv: ['init', '--skip-phases', 'x'],
    says: [/phase name: x/, /preflight/],
  },
  {
    title: 'flags beside --config',
    argv: ['init', '--config', '{dir}/kadm.yaml', '--pod-network-cidr', '10.244.0.0/16'],
    says: [/can not mix '--config' with arguments \[pod-network-cidr\]/, /to the configuration file/],
  },
  {
    title: 'a file that does not exist',
    argv: ['init', '--config', '{dir}/none.yaml'],
    says: [/none\.yaml/, /the file does not exist/, /--config/],
  },
  {
    title: 'a directory instead of a file',
    argv: ['init', '--config', '{dir}'],
    says: [/cannot read \{dir\}/, /readable file/],
  },
  {
    title: 'a secret file that does not exist',
    argv: ['init', '--token-file', '{dir}/t'],
    says: [/the file does not exist/, /--token-file/],
  },
  {
    title: 'a token together with a token file',
    argv: ['init', '--token', token, '--token-file', '{dir}/kadm.yaml'],
    says: [/the token is set twice/, /use only --token-file/],
  },
  {
    title: 'overlapping networks',
    argv: ['init', '--pod-network-cidr', '10.96.0.0/16'],
    says: [/--pod-network-cidr/, /share no address/],
  },
  { title: 'an invalid duration', argv: ['init', '--token-ttl', 'soon'], says: [/--token-ttl/, /→ ./] },
  { title: 'an invalid token', argv: ['init', '--token', 'hunter2'], says: [/--token/, /→ ./] },
  {
    title: 'an invalid port',
    argv: ['init', '--apiserver-bind-port', 'https'],
    says: [/--apiserver-bind-port/, /→ ./],
  },
  {
    title: 'a feature that kadm does not support',
    argv: ['init', '--feature-gates', 'RootlessControlPlane=true'],
    says: [/without root.* yet/, /leave/],
  },
  { title: 'a join without an endpoint', argv: ['join', '--token', token], says: [/discovery/, /give the endpoint/] },
  {
    title: 'an invalid endpoint',
    argv: ['join', ...joinWith.with(0, 'https://cp1')],
    says: [/https:\/\/cp1/, /→ ./],
  },
  {
    title: 'a phase that join does not have',
    argv: ['join', 'phase', 'certs', 'ca', ...joinWith],
    says: [/invalid phase name: certs\/ca/, /phases of join: preflight, control-plane-prepare/],
  },
  {
    title: 'one advertise address for several hosts',
    argv: ['join', ...joinWith, '--control-plane', '--apiserver-advertise-address', '10.0.0.9', '--host', 'a,b'],
    says: [/--apiserver-advertise-address applies to a single host/, /omit it/],
  },
  {
    title: 'an invalid certificate key',
    argv: ['join', ...joinWith, '--control-plane', '--certificate-key', 'abc'],
    says: [/--certificate-key/, /→ ./],
  },
  { title: 'a second endpoint', argv: ['join', 'a:1', 'b:2'], says: [/too many arguments/, /join --help/] },
  {
    title: 'one name for two hosts',
    argv: ['join', ...joinWith, '--node-name', 'w', '--host', 'a,b'],
    says: [/--node-name/, /omit it/],
  },
  {
    title: 'kubeconfig fetch without a host',
    argv: ['kubeconfig', 'fetch'],
    says: [/requires a control plane host/, /--host cp1/],
  },
]

/** A host argument is one that would fail: exit code 2 shows that kadm did not connect. */
function commandLine({ argv = ['init'], config }: Bad): readonly string[] {
  const file = config === undefined ? [] : ['--config', '{dir}/kadm.yaml']
  const reaches = argv[0] === 'init' || argv[0] === 'join'
  return [...argv.slice(0, 1), ...(reaches && !argv.includes('--host') ? deadHost : []), ...argv.slice(1), ...file]
}

describe.each([
  { where: 'in a file', cases: inFile },
  { where: 'on the command line', cases: onLine },
])('invalid input $where', ({ cases }) => {
  it.each(cases)('kadm rejects $title before it reaches a host, with the place and a remedy', async bad => {
    const { code, stdout, stderr } = await runKadm(commandLine(bad), { 'kadm.yaml': bad.config ?? cluster() })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    for (const part of bad.says) expect(stderr).toMatch(part)
    expect(stderr).not.toMatch(/hunter2|at .*\.ts:/)
  })

  it.each(cases)('kadm reports $title as JSON on stdout with -o json', async bad => {
    const [command = '', ...rest] = commandLine(bad)
    const answer = await runKadm([command, '-o', 'json', ...rest], { 'kadm.yaml': bad.config ?? cluster() })
    if (command === 'inti' || command === 'alpha' || command === 'kubeconfig') return expect(answer.code).toBe(2)
    const { error } = JSON.parse(answer.stdout)
    expect(error).toMatchObject({ kind: 'usage', exitCode: 2, message: expect.stringMatching(/./) })
    expect(error.hint ?? error.problems?.[0]?.remedy).toMatch(/.{5}/)
    return undefined
  })
})

it.each([
  ['init', []],
  ['join', joinWith],
])('kadm connects to the host when the input of %s is valid', async (command, argv) => {
  const { code, stderr } = await runKadm([command, ...deadHost, ...argv])
  expect(stderr).toContain('127.0.0.1')
  expect(code).toBe(4)
})

it.each([
  ['certs', 'all', '--service-cidr', '10.1.0.0/16'],
  ['bootstraptoken', '--skip-token-print', '--progress', 'quiet'],
  ['kubeconfig', '--node-name', 'cp1', '--accept-new-host-keys'],
])('kadm connects to the host when init phase has the flags %s %s', async (...argv) => {
  expect((await runKadm(['init', 'phase', ...argv, ...deadHost])).code).toBe(4)
})

it('kadm reports all errors of a file at once', async () => {
  const config = cluster('networking:', '  podSubnets: x', 'imagesRepository: r', 'clusterName: []')
  const { stderr } = await runKadm(['init', ...deadHost, '--config', '{dir}/kadm.yaml'], { 'kadm.yaml': config })
  for (const field of [/kadm\.yaml:4 .*podSubnets/, /kadm\.yaml:5 .*imagesRepository/, /kadm\.yaml:6 .*clusterName/]) {
    expect(stderr).toMatch(field)
  }
})
