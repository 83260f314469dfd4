import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { kubeconfigPath } from '../../../src/cli/kubeconfig-path.ts'
import { printObjects } from '../../../src/cli/output-objects.ts'
import { reportDeleted, tokenObject } from '../../../src/cli/token/token.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

describe('token generate', () => {
  it('token generate prints only the token, as text or JSON', async () => {
    expect((await runKadm(['token', 'generate'])).stdout).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/)
    const { token } = JSON.parse((await runKadm(['token', 'generate', '-o', 'json'])).stdout)
    expect(token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/)
  })
})

describe('token commands', () => {
  const key = 'ab'.repeat(32)
  it.each([
    [['create', '--certificate-key', key], /cannot use --certificate-key without --print-join-command/],
    [['create', '--print-join-command', '--certificate-key', 'abcd'], /invalid certificate key size 2/],
    [['create', 'ABC'], /--token/],
    [['create', 'abcdef.0123456789abcdef', '--token-file', '{dir}/token'], /the token is set twice/],
    [['create', '--ttl', 'long'], /--ttl.*"long" is not a duration/],
    [['create', '--config', '{dir}/c.yaml', '--ttl', '1h'], /can not mix '--config' with arguments \[ttl\]/],
    [['delete'], /missing argument/],
    [['delete', 'abcdef', 'no-token'], /neither a token nor a token ID/],
    [['list', '--host', 'other'], /give exactly one --host/],
  ])('token rejects %j before it reaches a host', async (argv, message) => {
    const files = { token: 'abcdef.0123456789abcdef\n', 'c.yaml': 'apiVersion: kubeadm.k8s.io/v1beta4\n' }
    const { code, stderr } = await runKadm(['token', ...argv, ...deadHost], files)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('token accepts its flags before and after the subcommand', async () => {
    expect((await runKadm(['token', ...deadHost, 'list'])).code).toBe(4)
    expect((await runKadm(['token', 'list', ...deadHost])).code).toBe(4)
  })

  it('token create does not print a token that it rejects', async () => {
    const { stderr } = await runKadm(['token', 'create', 'abcdef.0123456789ABCDEF', ...deadHost])
    expect(stderr).not.toContain('0123456789')
  })
})

describe('token delete', () => {
  const ids = ['aaaaaa', 'bbbbbb']
  const printed = (found: readonly boolean[], output: 'text' | 'json' | 'yaml') => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const written = ({ mock }: typeof stdout) => mock.calls.map(([text]) => String(text)).join('')
    try {
      const code = reportDeleted(ids, found, { output, v: 0 })
      return { code, stdout: written(stdout), stderr: written(stderr) }
    } finally {
      stdout.mockRestore()
      stderr.mockRestore()
    }
  }

  it.each([
    ['json', (text: string): unknown => JSON.parse(text)],
    ['yaml', (text: string): unknown => parse(text)],
  ] as const)('token delete prints one %s document, with an error when a token ID does not exist', (output, read) => {
    const error = { code: 'API_REFUSED', exitCode: 1, status: 404, message: expect.stringMatching('"bbbbbb"') }
    const { code, stdout, stderr } = printed([true, false], output)
    expect(read(stdout)).toMatchObject({ deleted: ['aaaaaa'], error })
    expect(stderr).toContain('"bbbbbb"')
    expect(code).toBe(1)
    expect(printed([true, true], output)).toMatchObject({ code: 0, stderr: '' })
    expect(read(printed([true, true], output).stdout)).toEqual({ deleted: ids })
  })

  it('token delete prints deleted tokens on stdout and missing tokens on stderr', () => {
    const { stdout, stderr } = printed([false, true], 'text')
    expect(stdout).toBe('bootstrap token "bbbbbb" deleted\n')
    expect(stderr).toContain('"aaaaaa"')
  })
})

describe('the kubeconfig path', () => {
  const env = { KUBECONFIG: '/a:/b' }
  const home = expect.stringMatching(/\/\.kube\/config$/)
  it.each([
    ['the path of --kubeconfig', { given: '/x', remote: true }, env, ['/a'], '/x'],
    [
      'admin.conf on a remote host, whatever $KUBECONFIG contains',
      { remote: true },
      env,
      ['/a'],
      '/etc/kubernetes/admin.conf',
    ],
    ['the first of $KUBECONFIG that exists', { remote: false }, env, ['/b'], '/b'],
    ['admin.conf when no file of $KUBECONFIG exists', { remote: false }, env, [], '/etc/kubernetes/admin.conf'],
    ['the file in the home directory', { remote: false }, {}, undefined, home],
  ])('the kubeconfig of a token command is %s', (_, choice, variables, existing, path) => {
    const exists = (file: unknown) => existing?.includes(String(file)) ?? true
    expect(kubeconfigPath(choice, variables, exists)).toEqual(path)
  })
})

/** Output of `kubeadm token list -o json|yaml` of v1.37.2. */
it('token list prints JSON and YAML as kubeadm does', () => {
  const whole = {
    token: 'abcdef.0123456789abcdef',
    description: 'x',
    expires: new Date('2026-01-03T03:04:05.678Z'),
    usages: ['signing'],
    groups: ['g'],
  }
  const objects = [whole, { token: 'ghijkl.0123456789abcdef', description: '', usages: [], groups: [] }].map(
    tokenObject,
  )
  expect(printObjects(objects, 'json')).toBe(`{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
    "token": "abcdef.0123456789abcdef",
    "description": "x",
    "expires": "2026-01-03T03:04:05Z",
    "usages": [
        "signing"
    ],
    "groups": [
        "g"
    ]
}
{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
    "token": "ghijkl.0123456789abcdef"
}
`)
  expect(printObjects(objects, 'yaml')).toBe(`apiVersion: output.kubeadm.k8s.io/v1alpha3
description: x
expires: "2026-01-03T03:04:05Z"
groups:
- g
kind: BootstrapToken
token: abcdef.0123456789abcdef
usages:
- signing
---
apiVersion: output.kubeadm.k8s.io/v1alpha3
kind: BootstrapToken
token: ghijkl.0123456789abcdef
`)
})
