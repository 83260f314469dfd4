import { describe, expect, it } from 'vitest'
import { runKadm } from '../run-kadm.ts'

interface Answered {
  readonly kind: string
  readonly kept: string
  readonly values: readonly string[]
  readonly lines: readonly string[]
}

/** Returns the candidates for a line; the word after the last space is completed. */
async function answered(line: string): Promise<Answered> {
  const { code, stdout, stderr } = await runKadm(['__complete', '--', ...line.split(' ')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [kind = '', kept = '', ...lines] = stdout.split('\n').slice(0, -1)
  return { kind, kept, lines, values: lines.map(one => one.split('\t')[0] ?? '') }
}

describe('the answer to a completion script', () => {
  it.each([
    ['a subcommand', 'config im', 'word', '', 'images'],
    ['a flag', 'init --', 'word', '', '--pod-network-cidr'],
    ['a flag of kubeadm after the value of another', 'init --host cp1 --', 'word', '', '--pod-network-cidr'],
    ['a flag that may be repeated', 'init --host cp1 --', 'word', '', '--host'],
    ['a mode of progress', 'init --progress ', 'word', '', 'quiet'],
    ['a format after =', 'token list -o=', 'word', '-o=', 'json'],
    ['a value of a switch', 'reset --force=', 'word', '--force=', 'false'],
    ['a version', 'init --kubernetes-version ', 'word', '', 'v1.37.2'],
    ['a kind', 'config print init-defaults --component-configs ', 'part', '', 'KubeletConfiguration'],
    ['a usage of a token', 'token create --usages signing,', 'part', 'signing,', 'authentication'],
    ['a family of phases to skip', 'init --skip-phases ', 'part', '', 'certs'],
    ['a phase to skip', 'join --skip-phases preflight,', 'part', 'preflight,', 'control-plane-prepare/certs'],
    ['all parts of a family', 'init phase certs ', 'word', '', 'all'],
    [
      'a part of a family after an endpoint',
      'join phase 10.0.0.1:6443 control-plane-prepare ',
      'word',
      '',
      'kubeconfig',
    ],
    ['a part of a part', 'join phase control-plane-prepare certs ', 'word', '', 'etcd'],
    ['a check', 'reset --ignore-preflight-errors ', 'part', '', 'IsPrivilegedUser'],
    ['a check of a path', 'init --ignore-preflight-errors all,', 'part', 'all,', 'DirAvailable--var-lib-etcd'],
    ['a shell', 'completion ', 'word', '', 'zsh'],
  ])('the answer has %s: `kadm %s`', async (_, line, kind, kept, value) => {
    expect(await answered(line)).toMatchObject({ kind, kept, values: expect.arrayContaining([value]) })
  })

  it.each([
    ['a hidden command', '', '__complete'],
    ['a hidden flag', 'init phase control-plane apiserver --', '--apiserver-extra-args'],
    ['a flag of another phase', 'init phase certs ca --', '--pod-network-cidr'],
    ['a flag that was given', 'init --dry-run --', '--dry-run'],
    ['a value that the list has', 'init --skip-phases certs,', 'certs'],
    ['flags after --', 'token delete -- --', '--host'],
    ['phases of another command', 'reset phase ', 'certs'],
    ['a second shell', 'completion bash ', 'zsh'],
  ])('the answer does not have %s: `kadm %s`', async (_, line, value) => {
    expect((await answered(line)).values).not.toContain(value)
  })

  it.each([
    ['a configuration file', 'init --config ', 'file', ''],
    ['a file after =', 'kubeconfig fetch --to=./a', 'file', '--to='],
    ['the directory of patches', 'join --patches ', 'directory', ''],
    ['a directory on this host', 'init --cert-dir ', 'directory', ''],
    ['the level of -v before the command', '-v ', 'word', ''],
    ['a path of a remote host', 'reset --host cp1 --kubeconfig ', 'word', ''],
    ['an argument of any form', 'init --node-name ', 'word', ''],
  ])('kadm leaves %s to the shell: `kadm %s`', async (_, line, kind, kept) => {
    expect(await answered(line)).toMatchObject({ kind, kept, values: [] })
  })

  it('the answer describes commands, flags and phases', async () => {
    expect((await answered('')).lines).toContain('init\tcreate a control plane node')
    expect((await answered('init --')).lines).toContain('--dry-run\tprint the changes without making them')
    expect((await answered('init phase ')).lines).toContain('preflight\tRun pre-flight checks')
  })

  it.each(['bash', 'zsh', 'fish'])('kadm completion %s prints a script that asks kadm', async shell => {
    const { code, stdout } = await runKadm(['completion', shell])
    expect(code).toBe(0)
    expect(stdout).toContain('kadm __complete -- ')
    expect(stdout).not.toMatch(/\beval\b/)
  })

  it('kadm completion refuses an unknown shell and names the known ones', async () => {
    const { code, stderr } = await runKadm(['completion', 'tcsh'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/bash, zsh, fish/)
  })
})
