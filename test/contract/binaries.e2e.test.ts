import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BinaryInput } from '../../src/cluster/binary-source.ts'
import type { ConnectedHost } from '../../src/host/host.ts'
import { readInstalledBinaries } from '../../src/observe/machine/installed-binaries.ts'
import { readArchive } from '../../src/ops/binaries/archive.ts'
import { restoreReplaced } from '../../src/ops/binaries/install-staged.ts'
import { installBinaries, prepareBinaries } from '../../src/ops/binaries/node-binaries.ts'
import { readOfferedVersions } from '../../src/ops/binaries/offered-versions.ts'
import { rejection } from './hosts.ts'
import { keyring, program, repositoryDir, TestRepositories } from './package-repository.ts'
import { useSshLab } from './ssh-lab.ts'

const at = useSshLab('binaries')
const source = '/srv/binaries'
const names = ['kubelet', 'kubectl'] as const

let host: ConnectedHost

beforeAll(async () => {
  host = await at.connect(at.node.ssh('root'))
  // The programs of the lab take the place of those that an operator installed by hand.
  for (const name of names) await install(name, 'v1.36.3')
})

const install = (name: string, version: string) =>
  host.writeFile({ path: `/usr/bin/${name}`, content: program(version), mode: 0o755 })

const versions = async () => {
  const answers = await Promise.all(names.map(name => host.query([name, '--version'])))
  return answers.map(({ stdout }) => stdout.trim().replace('Kubernetes ', ''))
}

const sum = (text: string) => createHash('sha256').update(text).digest('hex')
const sums = (version: string) => names.map(name => `${sum(program(version))}  ${name}\n`).join('')

async function fill(version: string, more: Readonly<Record<string, string>> = {}, folder = source): Promise<void> {
  await host.remove(folder)
  const files = { kubelet: program(version), kubectl: program(version), SHA256SUMS: sums(version), ...more }
  for (const [name, content] of Object.entries(files)) await host.writeFile({ path: `${folder}/${name}`, content })
}

const prepare = async (source: BinaryInput, version: string) =>
  prepareBinaries(host, { source, version, installed: await readInstalledBinaries(host) })

async function upgrade(input: BinaryInput, version: string): Promise<readonly string[]> {
  const installed = await readInstalledBinaries(host)
  await installBinaries(host, await prepare(input, version), installed, {})
  return versions()
}

const directory = { kind: 'directory', path: source } as const

describe('binaries from a directory of the node', () => {
  it('the binaries of a directory replace those of the node, and can be put back', async () => {
    await fill('v1.37.2')
    expect(await upgrade(directory, 'v1.37.2')).toEqual(['v1.37.2', 'v1.37.2'])
    expect(await upgrade(directory, 'v1.37.2')).toEqual(['v1.37.2', 'v1.37.2'])
    await restoreReplaced(host, await readInstalledBinaries(host))
    expect(await versions()).toEqual(['v1.36.3', 'v1.36.3'])
    expect(await host.list('/usr/bin').then(list => list.filter(name => name.startsWith('.kadm')))).toEqual([])
  })

  it.each([
    ['without checksums', {}, ['rm', `${source}/SHA256SUMS`], 'SHA256SUMS does not exist'],
    ['with a changed file', { kubectl: 'changed' }, undefined, `does not match ${source}/kubectl`],
    ['without a file of SHA256SUMS', {}, ['rm', `${source}/kubectl`], 'kubectl has a checksum and does not exist'],
    ['with a link', {}, ['ln', '-sf', '/usr/bin/kubectl', `${source}/kubectl`], 'is not a regular file'],
    [
      'with a checksum of a parent directory',
      { SHA256SUMS: `${sum('x')}  ../kubelet\n` },
      undefined,
      'line 1: ../kubelet',
    ],
    [
      'of another version',
      { kubelet: program('v1.37.1'), SHA256SUMS: `${sum(program('v1.37.1'))}  kubelet\n` },
      undefined,
      'has the version v1.37.1, not v1.37.2',
    ],
    [
      'with a program for another machine',
      { kubelet: '\u007fELF', SHA256SUMS: `${sum('\u007fELF')}  kubelet\n` },
      undefined,
      'does not run on this node',
    ],
  ] as const)('a directory %s is refused, and the node keeps its binaries', async (_, files, change, message) => {
    await fill('v1.37.2', files)
    if (change !== undefined) await at.node.run([...change])
    const error = await rejection(prepare(directory, 'v1.37.2'))
    expect(error.code).toBe('BINARIES_INVALID')
    expect(error.message).toContain(message)
    expect(await versions()).toEqual(['v1.36.3', 'v1.36.3'])
  })
})

describe('binaries of several versions', () => {
  it('the directory that is named after a version provides the binaries of that version', async () => {
    await host.remove(source)
    for (const version of ['v1.36.3', 'v1.37.2']) await fill(version, {}, `${source}/${version}`)
    for (const version of ['v1.36.3', 'v1.37.2']) {
      expect(await upgrade(directory, version)).toEqual([version, version])
    }
    await restoreReplaced(host, await readInstalledBinaries(host))
  })
})

describe('binaries from an archive of the operator', () => {
  it.each(['release', '.'])(
    'the binaries in the directory %s of an archive replace those of the node',
    async folder => {
      const files = { kubelet: program('v1.37.2'), kubectl: program('v1.37.2'), SHA256SUMS: sums('v1.37.2') }
      const work = join(at.home, `archive-${folder}`)
      await mkdir(join(work, folder), { recursive: true })
      for (const [name, text] of Object.entries(files)) await writeFile(join(work, folder, name), text)
      const file = join(at.home, 'binaries.tar.gz')
      await create({ file, cwd: work, gzip: true }, [folder])
      const archive = await readArchive({ name: file, open: () => createReadStream(file) })
      expect(await upgrade({ kind: 'archive', archive }, 'v1.37.2')).toEqual(['v1.37.2', 'v1.37.2'])
      await restoreReplaced(host, await readInstalledBinaries(host))
    },
  )
})

describe('binaries from packages', () => {
  const list = '/etc/apt/sources.list.d/kubernetes.list'
  const line = (minor: string, options = `signed-by=${keyring}`) =>
    `# Kubernetes\ndeb [${options}] file://${repositoryDir(minor)}/ /\n`
  const read = async (path: string) => Buffer.from((await host.readFile(path)) ?? []).toString()
  let repositories: TestRepositories

  beforeAll(async () => {
    repositories = await TestRepositories.create(at.node)
    await repositories.add('v1.36', ['1.36.3'])
    await repositories.add('v1.37', ['1.37.1', '1.37.2'])
    await host.writeFile({ path: list, content: line('v1.36') })
    const only = `-o Dir::Etc::sourcelist=${list} -o Dir::Etc::sourceparts=-`
    await at.node.run(`apt-get update -q ${only} && apt-get install -y -q kubelet=1.36.3-1.1 kubectl=1.36.3-1.1`)
    await at.node.run(['apt-mark', 'hold', 'kubelet', 'kubectl'])
  })

  afterEach(async () => {
    expect((await host.query(['apt-mark', 'showhold'])).stdout).toBe('kubectl\nkubelet\n')
  })

  it('packages of the next minor come from its repository, and held packages stay held', async () => {
    expect(await upgrade({ kind: 'packages' }, 'v1.37.2')).toEqual(['v1.37.2', 'v1.37.2'])
    expect(await read(list)).toBe(line('v1.37'))
  })

  it('the versions that the repository has are read from the index of the node, the newest first', async () => {
    expect(await readOfferedVersions(host, '/usr/bin/kubelet')).toEqual(['v1.37.2', 'v1.37.1'])
    expect(await readOfferedVersions(host, '/opt/oracle/v1.37.2/kubelet')).toBeUndefined()
  })

  it('an older patch replaces a newer one, and leaves the repository file as it is', async () => {
    const before = await host.stat(list)
    expect(await upgrade({ kind: 'packages' }, 'v1.37.1')).toEqual(['v1.37.1', 'v1.37.1'])
    expect(await host.stat(list)).toEqual(before)
  })

  it('a minor without a repository is refused, and the repository file is as before', async () => {
    const error = await rejection(prepare({ kind: 'packages' }, 'v1.38.0'))
    expect(error.message).toContain(`${list} cannot be switched to v1.38`)
    expect(await read(list)).toBe(line('v1.37'))
  })

  it('a version that the repository does not have is refused with those that it has', async () => {
    const error = await rejection(prepare({ kind: 'packages' }, 'v1.37.9'))
    expect(error.hint).toContain('1.37.2-1.1, 1.37.1-1.1')
  })

  it('a repository without verified signatures is refused', async () => {
    await host.writeFile({ path: list, content: line('v1.37', 'trusted=yes') })
    const error = await rejection(prepare({ kind: 'packages' }, 'v1.37.2'))
    expect(error.message).toBe(`${list} turns off the verification of package signatures`)
    await host.writeFile({ path: list, content: line('v1.37') })
  })

  it('a package that was changed after it was signed is refused, and the node keeps its binaries', async () => {
    await at.node.run(`cd ${repositoryDir('v1.37')} && cp kubelet_1.37.1.deb kubelet_1.37.2.deb && apt-get clean`)
    await rejection(prepare({ kind: 'packages' }, 'v1.37.2'))
    expect(await versions()).toEqual(['v1.37.1', 'v1.37.1'])
  })

  it('binaries of a directory are refused for a node with packages', async () => {
    const error = await rejection(prepare(directory, 'v1.37.2'))
    expect(error.message).toBe('/usr/bin/kubelet belongs to a package of apt, which would replace it again')
  })
})
