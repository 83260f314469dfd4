import type { NodeBinary } from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Argv, Host, HostReader, Outcome } from '../../host/host.ts'
import { ensureDir } from '../ensure-file.ts'

/** Verified binaries in a directory on the node that only root can enter. */
export interface Staged {
  /** `/var/lib/kadm/binaries/v1.37.2` */
  readonly directory: string
  readonly names: readonly NodeBinary[]
  /** `v1.37.2` */
  readonly version: string
}

const root = '/var/lib/kadm/binaries'

/** Returns the directory for the binaries of a version. */
export function stagingDirectory(version: string): string {
  return `${root}/${version}`
}

/** Where the binaries of the node are kept that the last installation replaced. */
export const replacedDirectory = `${root}/replaced`

/** The effect of staging for a dry run: the binaries are there, and the kubelet prints the version. */
export function stagedOutcome({ directory, names, version }: Staged): Outcome {
  return {
    files: names.map(name => ({ path: `${directory}/${name}` })),
    answers: [{ argv: stagedVersionQuery(directory), stdout: () => `Kubernetes ${version}\n` }],
  }
}

/** Creates the staging directory and removes the staged binaries of other versions, so that they do not fill the disk. */
export async function prepareStaging(host: Host, directory: string): Promise<void> {
  for (const path of ['/var/lib/kadm', root, directory]) await ensureDir(host, path, 0o700)
  const names = await host.list(root)
  const old = names.filter(name => /^v\d/.test(name) && `${root}/${name}` !== directory)
  await Promise.all(old.map(name => host.remove(`${root}/${name}`)))
}

function stagedVersionQuery(directory: string): Argv {
  return [`${directory}/kubelet`, '--version']
}

/** Throws BINARIES_INVALID unless the staged kubelet runs on this node and has the expected version. */
export async function requireVersion(host: HostReader, { directory, version }: Staged, from: string): Promise<void> {
  const { code, stdout, stderr } = await host.query(stagedVersionQuery(directory))
  const found = /^Kubernetes (\S+)/.exec(stdout)?.[1]
  if (found === version) return
  if (found !== undefined) {
    throw new KadmError('BINARIES_INVALID', `the kubelet of ${from} has the version ${found}, not ${version}`, {
      hint: `provide the binaries of ${version}`,
    })
  }
  throw new KadmError('BINARIES_INVALID', `the kubelet of ${from} does not run on this node: it exits with ${code}`, {
    output: stderr,
    hint: 'provide the binaries for the processor of this node, and see that /var/lib/kadm is not mounted noexec',
  })
}
