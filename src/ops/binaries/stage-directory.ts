import { type Checksums, checksumFile, type NodeBinary } from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Argv, Host } from '../../host/host.ts'
import { parseChecksums } from './checksums.ts'
import { prepareStaging, requireVersion, type Staged, stagedOutcome, stagingDirectory } from './staged.ts'

/**
 * Copies the binaries from a directory on the node, or from the directory in it that is named after the version, to the
 * staging directory and compares the checksums of the copies, so that a later change of the directory has no effect.
 * Throws BINARIES_INVALID if the directory or SHA256SUMS is missing, if a binary is absent, a link, or differs from its
 * checksum, and if the version is another one.
 */
export async function stageDirectory(host: Host, path: string, version: string): Promise<Staged> {
  const named = `${path}/${version}`
  const source = (await host.stat(named))?.kind === 'dir' ? named : path
  const sums = await readChecksums(host, source)
  const names = [...sums.keys()]
  await Promise.all(names.map(name => requireFile(host, `${source}/${name}`)))
  await requireChecksums(host, source, sums)
  const directory = stagingDirectory(version)
  const staged = { directory, names, version }
  await prepareStaging(host, directory)
  const what = `copying the binaries from ${source}`
  await host.exec(['sh', '-c', copyScript, 'sh', source, directory, ...pairs(sums)], {
    what,
    outcome: stagedOutcome(staged),
  })
  await requireVersion(host, staged, source)
  return staged
}

/** The directory of the source and that of the copies; then names and checksums. Keeps a copy that is right. */
const copyScript = `set -e
source=$1 directory=$2
shift 2
while [ $# -gt 0 ]; do
  file=$directory/$1
  printf '%s  %s\\n' "$2" "$file" | sha256sum -c --status - 2> /dev/null || {
    cp --no-dereference --preserve=timestamps -- "$source/$1" "$file.partial"
    chmod 0755 -- "$file.partial"
    printf '%s  %s\\n' "$2" "$file.partial" | sha256sum -c --quiet -
    mv -f -- "$file.partial" "$file"
  }
  shift 2
done`

function pairs(sums: Checksums): readonly string[] {
  return [...sums].flat()
}

async function readChecksums(host: Host, source: string): Promise<Checksums> {
  const path = `${source}/${checksumFile}`
  const text = await host.readFile(path)
  if (text !== undefined) return parseChecksums(new TextDecoder().decode(text), path)
  throw new KadmError('BINARIES_INVALID', `${path} does not exist`, {
    hint: `copy the binaries and their checksums to this directory, or create the file with \`sha256sum kubelet kubectl > ${checksumFile}\``,
  })
}

async function requireFile(host: Host, path: string): Promise<void> {
  const stat = await host.stat(path)
  if (stat?.kind === 'file') return
  const what = stat === undefined ? 'does not exist' : 'is not a regular file'
  throw new KadmError('BINARIES_INVALID', `${path} has a checksum and ${what}`, {
    hint: `copy the file itself to this directory, or remove its line from ${checksumFile}`,
  })
}

async function requireChecksums(host: Host, source: string, sums: Checksums): Promise<void> {
  const names = [...sums.keys()]
  const argv: Argv = ['sha256sum', '--', ...names.map(name => `${source}/${name}`)]
  const { code, stdout, stderr } = await host.query(argv)
  if (code !== 0)
    throw new KadmError('BINARIES_INVALID', `the binaries in ${source} cannot be read`, { output: stderr })
  const found = stdout.split('\n').map(line => /^\\?([0-9a-f]{64}) /.exec(line)?.[1])
  const wrong = names.filter((name, i) => found[i] !== sums.get(name))
  if (wrong.length > 0) throw differs(source, wrong)
}

function differs(source: string, wrong: readonly NodeBinary[]): KadmError {
  const files = wrong.map(name => `${source}/${name}`).join(', ')
  return new KadmError('BINARIES_INVALID', `the checksum in ${checksumFile} does not match ${files}`, {
    hint: 'copy the files from their source again',
  })
}
