import type { BinaryInput, InstalledBinaries } from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Host, Outcome } from '../../host/host.ts'
import { installStaged } from './install-staged.ts'
import { installPackages, type PreparedPackages, preparePackages, readPackageManager } from './packages.ts'
import { stageArchive } from './stage-archive.ts'
import { stageDirectory } from './stage-directory.ts'
import type { Staged } from './staged.ts'

/** Binaries of one version that a node holds, verified; nothing that runs has changed yet. */
export type PreparedBinaries =
  | { readonly kind: 'staged'; readonly staged: Staged }
  | { readonly kind: 'packages'; readonly packages: PreparedPackages }

/** What is prepared, and where. */
export interface BinaryOrder {
  readonly source: BinaryInput
  /** `v1.37.2` */
  readonly version: string
  readonly installed: InstalledBinaries
}

/**
 * Brings the binaries of a version to a node and verifies them. Prepare all nodes before the first is drained. Throws
 * BINARIES_INVALID if the node's kubelet comes from packages and the source does not, or the other way round.
 */
export async function prepareBinaries(
  host: Host,
  { source, version, installed }: BinaryOrder,
): Promise<PreparedBinaries> {
  const kubelet = installed.get('kubelet')
  if (kubelet === undefined) throw noKubelet()
  const manager = await readPackageManager(host, kubelet)
  if (source.kind === 'packages') {
    if (manager === undefined) throw notPackaged(kubelet)
    return { kind: 'packages', packages: await preparePackages(host, manager, version) }
  }
  if (manager !== undefined) throw packaged(kubelet, manager)
  const staged =
    source.kind === 'directory'
      ? await stageDirectory(host, source.path, version)
      : await stageArchive(host, source.archive, version)
  return { kind: 'staged', staged }
}

/** Replaces the binaries of a node by prepared ones. The kubelet needs a restart afterwards. */
export async function installBinaries(
  host: Host,
  prepared: PreparedBinaries,
  installed: InstalledBinaries,
  outcome: Outcome,
): Promise<void> {
  if (prepared.kind === 'packages') await installPackages(host, prepared.packages, outcome)
  else await installStaged(host, prepared.staged, installed, outcome)
}

function noKubelet(): KadmError {
  return new KadmError('BINARIES_INVALID', 'this node has no kubelet to replace', {
    hint: 'install the kubelet and its systemd unit first',
  })
}

function notPackaged(kubelet: string): KadmError {
  return new KadmError('BINARIES_INVALID', `${kubelet} does not come from a package`, {
    hint: 'name the new binaries with --binaries or --binaries-from',
  })
}

function packaged(kubelet: string, manager: string): KadmError {
  return new KadmError(
    'BINARIES_INVALID',
    `${kubelet} belongs to a package of ${manager}, which would replace it again`,
    {
      hint: 'omit --binaries and --binaries-from, so that the packages are upgraded',
    },
  )
}
