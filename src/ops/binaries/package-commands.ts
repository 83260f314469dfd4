import type { NodeBinary } from '../../cluster/binary-source.ts'
import type { Argv } from '../../host/host.ts'
import type { PackageRepository } from './package-repository.ts'

/** The commands of one package manager. */
export interface PackageCommands {
  /** Prints the path of a file if a package owns it. */
  readonly owner: (path: string) => Argv
  /** Prints the names of those of the packages that are installed, one on a line. */
  readonly installed: Argv
  /** Reads the index of one repository file again. */
  readonly refresh: (repository: PackageRepository) => Argv
  /** Prints the versions of the kubelet that the repositories have. */
  readonly versions: (repository: PackageRepository) => Argv
  /** The same from the index on the node alone: without the network, and without a change of the index. */
  readonly knownVersions: (repository: PackageRepository) => Argv
  /** Returns the answer for a dry run, in which a repository that is not read yet has the version. */
  readonly assumeVersion: (version: string) => string
  /** Returns the versions in an answer, the newest build of a version first. */
  readonly parseVersions: (stdout: string) => readonly string[]
  readonly install: (packages: readonly WantedPackage[], options: InstallOptions) => Argv
  /** Reads the names of the held packages, one on a line, and holds packages; absent if nothing marks packages. */
  readonly holds?: { readonly read: Argv; readonly set: (names: readonly string[]) => Argv }
}

export interface WantedPackage {
  readonly name: NodeBinary
  /** `1.37.2-1.1` */
  readonly version: string
}

export interface InstallOptions {
  readonly repository: PackageRepository
  /** Downloads the packages and installs nothing. */
  readonly downloadOnly: boolean
}
