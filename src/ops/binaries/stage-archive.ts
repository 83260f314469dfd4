import { type BinaryArchive, type BinarySet, binariesOf } from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Host } from '../../host/host.ts'
import { eachBinary } from './archive.ts'
import { prepareStaging, requireVersion, type Staged, stagedOutcome, stagingDirectory } from './staged.ts'

/**
 * Copies the binaries of an archive to the staging directory of a node, which compares their checksums. Leaves out what
 * an earlier run has copied. Throws BINARIES_INVALID if the version is another one.
 */
export async function stageArchive(host: Host, archive: BinaryArchive, version: string): Promise<Staged> {
  const set = binariesOf(archive, version)
  if (set === undefined) throw noVersion(archive.file.name, version)
  const directory = stagingDirectory(version)
  const names = [...set.sums.keys()]
  const staged = { directory, names, version }
  await prepareStaging(host, directory)
  if (!(await isComplete(host, set, directory))) {
    await eachBinary(archive.file, set, (name, source, sha256) =>
      host.writeStream({ path: `${directory}/${name}`, mode: 0o755, source, sha256 }),
    )
  }
  await host.exec(['sync', '--', directory], { outcome: stagedOutcome(staged) })
  await requireVersion(host, staged, archive.file.name)
  return staged
}

async function isComplete(host: Host, { sums }: BinarySet, directory: string): Promise<boolean> {
  const { code, stdout } = await host.query([
    'sha256sum',
    '--',
    ...[...sums.keys()].map(name => `${directory}/${name}`),
  ])
  if (code !== 0) return false
  const found = stdout.split('\n').map(line => line.slice(0, 64))
  return [...sums.values()].every((sum, i) => found[i] === sum)
}

function noVersion(name: string, version: string): KadmError {
  return new KadmError('BINARIES_INVALID', `${name} has no directory ${version}`, {
    hint: `put the binaries of each version, with their SHA256SUMS, into a directory that is named after it`,
  })
}
