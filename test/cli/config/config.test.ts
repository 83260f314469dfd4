import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { runKadm } from '../run-kadm.ts'

/** Output of real kubeadm, recorded by record.sh in that directory. */
const golden = (file: string) =>
  readFileSync(new URL(`../../fixtures/config-commands/${file}`, import.meta.url), 'utf8').replace(
    'name: this-machine',
    `name: ${hostname().toLowerCase()}`,
  )
const of = (kind: string, ...lines: readonly string[]) =>
  [`apiVersion: kubeadm.k8s.io/v1beta4`, `kind: ${kind}`, ...lines, ''].join('\n')
const kubelet = (line: string) => `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${line}\n`
const kubeProxy = (line: string) =>
  `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${line}\n`
const discovery = '{apiServerEndpoint: "a:6443", token: abcdef.0123456789abcdef, unsafeSkipCAVerification: true}'
const joinText = of('JoinConfiguration', `discovery: {bootstrapToken: ${discovery}}`)

/** Runs with a program `kubelet` of this version in PATH, or without one, and hides the kubelet of this host. */
async function withKubelet<T>(version: string | undefined, act: () => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'kadm-kubelet-'))
  const program = version === undefined ? 'exit 127' : `echo Kubernetes ${version}`
  try {
    await writeFile(join(dir, 'kubelet'), `#!/bin/sh\n${program}\n`, { mode: 0o755 })
    await writeFile(join(dir, 'systemctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    vi.stubEnv('PATH', `${dir}:${process.env.PATH}`)
    return await act()
  } finally {
    vi.unstubAllEnvs()
    await rm(dir, { recursive: true })
  }
}

describe('config print', () => {
  it.each(['init', 'join', 'reset', 'upgrade'])(
    'config print prints the same %s-defaults as kubeadm',
    async command => {
      const { code, stdout } = await runKadm(['config', 'print', `${command}-defaults`])
      expect({ code, stdout }).toEqual({ code: 0, stdout: golden(`v1.37.2/${command}-defaults.yaml`) })
    },
  )

  it('config print adds the component configurations in the requested order', async () => {
    const kinds = 'KubeletConfiguration,KubeProxyConfiguration'
    const { stdout } = await runKadm(['config', 'print', 'init-defaults', '--component-configs', kinds])
    expect(stdout).toBe(golden('v1.37.2/init-defaults-with-components.yaml'))
    const apart = kinds.split(',').flatMap(kind => ['--component-configs', kind])
    expect((await runKadm(['config', 'print', 'init-defaults', ...apart])).stdout).toBe(stdout)
    const refused = await runKadm(['config', 'print', 'init-defaults', '--component-configs', 'KubeletConfig'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('needs to contain some of [KubeProxyConfiguration KubeletConfiguration]')
  })

  it('config print prints JSON with -o json', async () => {
    const { stdout } = await runKadm(['config', 'print', 'join-defaults', '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'JoinConfiguration', nodeRegistration: { taints: null } })
  })

  it.each(['init', 'join'])('config print prints %s-defaults that config validate accepts', async command => {
    const { stdout } = await runKadm(['config', 'print', `${command}-defaults`])
    const validated = await runKadm(['config', 'validate', '--config', '{dir}/c.yaml'], { 'c.yaml': stdout })
    expect(validated).toMatchObject({ code: 0, stdout: 'ok\n' })
  })
})

describe('config images list', () => {
  it.each(['v1.36.3', 'v1.37.2'])(
    'config images list prints the list of kubeadm %s in every output format',
    async version => {
      for (const [format, file] of [
        ['text', 'txt'],
        ['json', 'json'],
        ['yaml', 'yaml'],
      ]) {
        const argv = ['config', 'images', 'list', '--kubernetes-version', version, '-o', format ?? '']
        expect((await runKadm(argv)).stdout).toBe(golden(`${version}/images.${file}`))
      }
    },
  )

  it('config images list uses the file of --config and rejects other flags with it', async () => {
    const files = { 'c.yaml': golden('images.yaml') }
    const argv = ['config', 'images', 'list', '--config', '{dir}/c.yaml']
    expect((await runKadm(argv, files)).stdout).toBe(golden('v1.37.2/images-configured.txt'))
    const mixed = await runKadm([...argv, '--image-repository', 'r.example.com'], files)
    expect(mixed.stderr).toContain("can not mix '--config' with arguments [image-repository]")
  })

  it.each([
    ['of the installed kubelet v1.36.0', 'v1.36.0', 'v1.36.3'],
    ['of the installed kubelet v1.37.0', 'v1.37.0', 'v1.37.2'],
    ['that is the newest without a kubelet', undefined, 'v1.37.2'],
  ])('config images list uses the Kubernetes version %s by default', async (_, kubelet, version) => {
    const { stdout, stderr } = await withKubelet(kubelet, () => runKadm(['config', 'images', 'list']))
    expect(stdout).toBe(golden(`${version}/images.txt`))
    expect(stderr.includes(`[config images list] Using Kubernetes version ${version}`)).toBe(kubelet !== undefined)
  })
})

describe('config validate', () => {
  const validate = (text: string, ...more: readonly string[]) =>
    runKadm(['config', 'validate', '--config', '{dir}/c.yaml', ...more], { 'c.yaml': text })

  it('config validate prints ok for every kind of document', async () => {
    const text = [
      of('InitConfiguration', 'patches: {directory: /not/here}'),
      of('ClusterConfiguration'),
      of('ResetConfiguration', 'force: true'),
      of('UpgradeConfiguration'),
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 5\n',
    ].join('---\n')
    expect(await validate(text)).toMatchObject({ code: 0, stdout: 'ok\n' })
    const { kinds, valid } = JSON.parse((await validate(text, '-o', 'json')).stdout)
    expect([valid, kinds.length]).toEqual([true, 5])
  })

  /** kubeadm's `config validate` prints the same warnings as its commands. */
  it.each([
    [
      'documents beside a JoinConfiguration',
      [joinText, of('ClusterConfiguration')],
      [
        /^warning: join: Ignored configuration document .* Kind=ClusterConfiguration$/m,
        /^warning: init: Ignored configuration document .* Kind=JoinConfiguration$/m,
      ],
    ],
    [
      'a component beside a JoinConfiguration alone',
      [joinText, kubelet('maxPods: 5')],
      [/^warning: Ignored configuration document .* Kind=KubeletConfiguration$/m],
    ],
    [
      'documents beside a ResetConfiguration',
      [of('ResetConfiguration'), kubeProxy('mode: ipvs')],
      [/^warning: Ignored configuration document .* Kind=KubeProxyConfiguration$/m],
    ],
    [
      'documents beside an UpgradeConfiguration',
      [of('UpgradeConfiguration'), kubelet('maxPods: 5')],
      [/^warning: Ignored configuration document .* Kind=KubeletConfiguration$/m],
    ],
    [
      'a deprecated mode of kube-proxy',
      [of('InitConfiguration'), kubeProxy('mode: ipvs')],
      [/"mode" is set to "ipvs", which is deprecated/],
    ],
    [
      'values of components that differ from the recommended ones',
      [of('ClusterConfiguration'), kubelet('healthzPort: 10249'), kubeProxy('clusterCIDR: 10.1.0.0/16')],
      [/recommended value for "healthzPort" in "KubeletConfiguration" is: 10248/],
    ],
    [
      'a token with a negative TTL',
      [of('InitConfiguration', 'bootstrapTokens: [{ttl: -1h}]')],
      [/bootstrapTokens\[0\]\.ttl is negative: the token never expires/],
    ],
    [
      'long validity periods',
      [of('ClusterConfiguration', 'certificateValidityPeriod: 9000h')],
      [/certificateValidityPeriod: the value 9000h0m0s is more than the recommended default/],
    ],
    [
      'names of unknown preflight checks',
      [of('ResetConfiguration', 'ignorePreflightErrors: [Swop]')],
      [/unknown preflight check "swop"/],
    ],
  ])('config validate prints the warnings of the commands that read the file: %s', async (_, documents, expected) => {
    const { code, stderr } = await validate(documents.join('---\n'))
    expect(code).toBe(0)
    for (const pattern of expected) expect(stderr).toMatch(pattern)
    expect(stderr.match(/^warning: /gm)).toHaveLength(expected.length)
  })

  it('config validate looks for the discovery file on the local host, as kubeadm does', async () => {
    const at = (path: string) => of('JoinConfiguration', `discovery: {file: {kubeConfigPath: ${path}}}`)
    expect(await validate(at('FILE:///etc/hostname'))).toMatchObject({ code: 0 })
    expect(await validate(at('/etc/hostname'))).toMatchObject({ code: 0 })
    const { code, stderr } = await validate(at('/nonexistent.conf'))
    expect(code).toBe(2)
    expect(stderr).toContain('not a valid HTTPS URL or a file on disk')
  })

  it('config validate reports each error of all documents once, in the order of the file', async () => {
    const text = [
      of('ClusterConfiguration', 'networking: {podSubnets: 10.0.0.0/8}'),
      of('ResetConfiguration', 'unmountFlags: [X]', 'unmountFlags: [Z]'),
      of('UpgradeConfiguration', 'node: {imagePullPolicy: Sometimes}'),
    ].join('---\n')
    const { code, stderr } = await validate(text)
    expect(code).toBe(2)
    const lines = [...stderr.matchAll(/c\.yaml:(\d+)/g)].map(match => match[1])
    expect(lines).toEqual(['3', '8', '12'])
    expect(stderr).toContain('unknown field "podSubnets"')
    expect(stderr).toContain('invalid pull policy')
  })

  it.each([
    ['an empty file', '', /contains no configuration/],
    ['an empty document', '---\n', /the document is empty/],
    [
      'a document that no command reads',
      'apiVersion: v1\nkind: Pod\n',
      /c\.yaml:1.*unknown configuration API: v1, Kind=Pod/,
    ],
    ['an unknown kind', of('InitConfig'), /unknown kind "InitConfig"/],
    [
      'an old version',
      'apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n',
      /kubeadm v1\.36: kubeadm config migrate/,
    ],
    [
      'a component alone',
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPodz: 5\n',
      /c\.yaml:3.*maxPodz/,
    ],
    [
      'a component of another version',
      'apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n',
      /unsupported apiVersion/,
    ],
  ])('config validate rejects %s', async (_, text, message) => {
    const { code, stdout, stderr } = await validate(text)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })

  it('config validate and config migrate require a file', async () => {
    expect((await runKadm(['config', 'validate'])).stderr).toContain('the --config flag is mandatory')
    expect((await runKadm(['config', 'migrate'])).stderr).toContain('the --old-config flag is mandatory')
  })
})
