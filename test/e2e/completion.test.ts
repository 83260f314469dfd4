import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ShellName, ShellSession } from './shell-session.ts'

/** The operator's home and working directory. If an unusual name ran as a command, it would create the file `pwned`. */
const prepare = `
mkdir -p ~/.ssh/conf.d patches
cat >~/.ssh/config <<'END'
Include conf.d/*
Host cp1 cp2 *.example !bad
Host evil\`touch<pwned\` $(touch\${IFS}pwned)
END
echo 'Host build-7' >~/.ssh/conf.d/more
cat >~/.ssh/known_hosts <<'END'
[w9]:2222 ssh-ed25519 AAAA
fd00::7 ssh-ed25519 AAAA
|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA
END
touch kadm.yaml 'odd $(touch pwned).conf'`

/** The text before Tab, and the resulting line. */
const cases: readonly (readonly [what: string, typed: string, completed: string])[] = [
  ['a command', 'kadm vers', 'kadm version'],
  ['a subcommand', 'kadm config im', 'kadm config images'],
  ['a command below an alias', 'kadm certificates cert', 'kadm certificates certificate-key'],
  ['a flag', 'kadm init --pod-n', 'kadm init --pod-network-cidr'],
  [
    'a flag behind the argument of another',
    'kadm -v 5 init --host x --pod-n',
    'kadm -v 5 init --host x --pod-network-cidr',
  ],
  ['a flag of a single phase', 'kadm init phase certs ca --cert-d', 'kadm init phase certs ca --cert-dir'],
  ['no flag that a single phase does not take', 'kadm init phase certs ca --pod-n', 'kadm init phase certs ca --pod-n'],
  ['an enumeration', 'kadm init --progress pl', 'kadm init --progress plain'],
  ['an enumeration behind =', 'kadm init --output=ya', 'kadm init --output=yaml'],
  ['a version', 'kadm init --kubernetes-version v1.36', 'kadm init --kubernetes-version v1.36.3'],
  ['a shell', 'kadm completion fi', 'kadm completion fish'],
  ['a family of phases', 'kadm init phase cer', 'kadm init phase certs'],
  ['a phase', 'kadm init phase certs etcd-s', 'kadm init phase certs etcd-server'],
  ['a phase of join', 'kadm join phase check-e', 'kadm join phase check-etcd'],
  ['a list of phases', 'kadm init --skip-phases certs/ca,show-', 'kadm init --skip-phases certs/ca,show-join-command'],
  ['a list behind =', 'kadm reset --skip-phases=backup,cleanup-ne', 'kadm reset --skip-phases=backup,cleanup-network'],
  ['a check', 'kadm init --ignore-preflight-errors Sw', 'kadm init --ignore-preflight-errors Swap'],
  [
    'a list of checks',
    'kadm join --ignore-preflight-errors Swap,Port-64',
    'kadm join --ignore-preflight-errors Swap,Port-6443',
  ],
  ['a host of an included file', 'kadm init --host bui', 'kadm init --host build-7'],
  ['a host behind a user', 'kadm init --host root@bui', 'kadm init --host root@build-7'],
  ['a host behind = and a user', 'kadm join --from=root@bui', 'kadm join --from=root@build-7'],
  ['a list of hosts', 'kadm join --host cp1,root@bui', 'kadm join --host cp1,root@build-7'],
  ['a known host with its port', 'kadm init --host w', 'kadm init --host w9:2222'],
  ['a known host by its IPv6 address', 'kadm init --host fd00:', 'kadm init --host fd00::7'],
  ['no hashed host', 'kadm init --host "|', 'kadm init --host "|'],
  ['no host with characters of a shell', 'kadm init --host ev', 'kadm init --host ev'],
  ['a host in quotes', 'kadm init --host "root@bui', 'kadm init --host "root@build-7"'],
  ['a host of a later command', 'true && kadm join --from root@bui', 'true && kadm join --from root@build-7'],
  ['a file', 'kadm init --config kad', 'kadm init --config kadm.yaml'],
  ['a file behind =', 'kadm init --config=kad', 'kadm init --config=kadm.yaml'],
  ['a file in quotes', 'kadm init --config "kad', 'kadm init --config "kadm.yaml"'],
  ['a file in the home directory', 'kadm init --config=~/.ssh/kn', 'kadm init --config=~/.ssh/known_hosts'],
  ['a directory', 'kadm init --patches pat', 'kadm init --patches patches/'],
  ['no file where a directory is meant', 'kadm init --patches kad', 'kadm init --patches kad'],
  ['a file on this host', 'kadm reset --kubeconfig kad', 'kadm reset --kubeconfig kadm.yaml'],
  ['no file on another host', 'kadm reset --host cp1 --kubeconfig kad', 'kadm reset --host cp1 --kubeconfig kad'],
  ['no file where none is meant', 'kadm token delete kad', 'kadm token delete kad'],
]

/** What a list shows. bash shows no descriptions. */
const listed: Readonly<Record<ShellName, RegExp>> = {
  bash: /certs +\S[\s\S]*mark-control-plane/,
  zsh: /mark-control-plane +-- +Label and taint the node/,
  fish: /mark-control-plane +\(Label and taint the node/,
}

const quoted: Readonly<Record<ShellName, string>> = {
  bash: 'kadm init --config odd\\ \\$\\(touch\\ pwned\\).conf',
  zsh: 'kadm init --config odd\\ \\$\\(touch\\ pwned\\).conf',
  fish: 'kadm init --config odd\\ \\$\\(touch\\ pwned\\).conf',
}

/** Whether anything that was typed or completed ran. */
async function ranSomething(session: ShellSession): Promise<boolean> {
  const { shown } = await session.press("test -e pwned && printf 'ru%s' n-it\rx")
  return shown.includes('run-it')
}

describe.each(['bash', 'zsh', 'fish'] as const)('completion in %s', shell => {
  let session: ShellSession
  beforeAll(async () => {
    session = await ShellSession.open(shell, prepare)
  })
  afterAll(() => session.close())

  it.each(cases)(`${shell} completes %s: %s`, async (_, typed, completed) => {
    expect((await session.line(`${typed}\t`)).trimEnd()).toBe(completed)
  })

  it(`${shell} lists the phases, with descriptions where the shell can show them`, async () => {
    expect((await session.press('kadm init phase \t\t')).shown).toMatch(listed[shell])
  })

  it(`${shell} lists the hosts of ssh, without patterns`, async () => {
    const { shown } = await session.press('kadm init --host \t\t')
    for (const name of ['cp1', 'cp2', 'build-7', 'w9:2222', 'fd00::7']) expect(shown).toContain(name)
    expect(shown).not.toMatch(/example|bad|\|1\||evil|touch/)
  })

  it(`${shell} quotes a file name with odd characters and does not run it`, async () => {
    expect((await session.line('kadm init --config od\t')).trimEnd()).toBe(quoted[shell])
    expect(await ranSomething(session)).toBe(false)
  })

  it(`${shell} does not run what is typed before Tab`, async () => {
    await session.press("kadm init --host '$(touch pwned)' --host `touch pwned` --pro\t")
    await session.press('kadm init --config $(touch pwned)kad\t')
    await session.press('kadm init --patches $(touch pwned)pat\t')
    expect(await ranSomething(session)).toBe(false)
  })
})

/** The Debian package: the shell loads the script from its own directory at the first Tab. */
describe.each(['bash', 'zsh', 'fish'] as const)('the installed completion of %s', shell => {
  let session: ShellSession
  beforeAll(async () => {
    session = await ShellSession.open(shell, prepare, 'installed')
  })
  afterAll(() => session.close())

  it.each([
    ['a command', 'kadm vers', 'kadm version'],
    ['a list of hosts', 'kadm join --host cp1,root@bui', 'kadm join --host cp1,root@build-7'],
    ['a flag behind sudo', 'sudo kadm init --pod-n', 'sudo kadm init --pod-network-cidr'],
    ['a value behind sudo', 'sudo kadm init --output=ya', 'sudo kadm init --output=yaml'],
  ])(`the completion script in the directory of ${shell} completes %s: %s`, async (_, typed, completed) => {
    expect((await session.line(`${typed}\t`)).trimEnd()).toBe(completed)
  })
})
