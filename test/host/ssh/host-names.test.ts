import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { knownHostNames } from '../../../src/host/ssh/host-names.ts'

/** Returns the names in a home with these files, without the names of this host's own files. */
async function namesOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const [home, empty] = await Promise.all([homeWith(files), homeWith({})])
  const own = await knownHostNames(empty)
  return (await knownHostNames(home)).filter(name => !own.includes(name))
}

async function homeWith(files: Readonly<Record<string, string>>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'kadm-home-'))
  onTestFinished(() => rm(home, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true })
    await writeFile(join(home, name), text)
  }
  return home
}

it.each<[what: string, files: Readonly<Record<string, string>>, names: readonly string[]]>([
  ['every name of a Host line', { '.ssh/config': 'Host cp1 cp2\n  User root\nhost=w1\n' }, ['cp1', 'cp2', 'w1']],
  ['no patterns', { '.ssh/config': 'Host * cp? !cp2 cp1\n' }, ['cp1']],
  [
    'the names of included files',
    {
      '.ssh/config': 'Include conf.d/*\n',
      '.ssh/conf.d/a': 'Host a\n',
      '.ssh/conf.d/b': 'Include deep\nHost b\n',
      '.ssh/deep': 'Host c\n',
    },
    ['a', 'b', 'c'],
  ],
  ['the names of known_hosts', { '.ssh/known_hosts': 'cp1,10.0.0.1 ssh-rsa AAAA\n' }, ['10.0.0.1', 'cp1']],
  ['a port as --host takes it', { '.ssh/known_hosts': '[w9]:2222 ssh-rsa AAAA\n' }, ['w9:2222']],
  ['an IPv6 address', { '.ssh/known_hosts': 'fd00::7,[fd00::8]:22 ssh-rsa AAAA\n' }, ['fd00::7']],
  ['no hashed names', { '.ssh/known_hosts': '|1|c2FsdA==|aGFzaA== ssh-rsa AAAA\n' }, []],
  [
    'no revoked keys and authorities',
    { '.ssh/known_hosts': '@revoked a ssh-rsa AAAA\n@cert-authority b ssh-rsa AAAA\n' },
    [],
  ],
  [
    'the files that UserKnownHostsFile names',
    { '.ssh/config': 'Host *\n UserKnownHostsFile ~/lab\n', lab: 'x1 ssh-rsa AAAA\n' },
    ['x1'],
  ],
  ['no names that a shell could run', { '.ssh/config': 'Host $(id) `id` a;b "c d" -oX\n' }, []],
])('the hosts that completion offers have %s', async (_, files, names) => {
  expect(await namesOf(files)).toEqual(names)
})
