import type { Readable } from 'node:stream'

/** The kubelet is required. The others are replaced if the source and the node have them. */
export const nodeBinaries = ['kubelet', 'kubectl', 'kubeadm'] as const

export type NodeBinary = (typeof nodeBinaries)[number]

export const checksumFile = 'SHA256SUMS'

/** The paths of the binaries on a node, with links resolved; the node may not have all of them. */
export type InstalledBinaries = ReadonlyMap<NodeBinary, string>

/** The SHA-256 of binaries in lower-case hex, by name. */
export type Checksums = ReadonlyMap<NodeBinary, string>

/** A tar archive, which may be compressed with gzip, brotli or zstd. */
export interface ArchiveFile {
  /** The path as the operator gave it. */
  readonly name: string
  /** Opens the archive from its start. */
  readonly open: () => Readable
}

/** The binaries of one version in an archive. */
export interface BinarySet {
  readonly sums: Checksums
  /** The directory in the archive that holds the binaries; empty for its root. */
  readonly directory: string
}

/** An archive whose binaries match their checksums. */
export interface BinaryArchive {
  readonly file: ArchiveFile
  /** Several if each one is in a directory that is named after its version. */
  readonly sets: readonly [BinarySet, ...(readonly BinarySet[])]
}

/** Returns the binaries in the directory that is named after a version. */
export function namedBinaries({ sets }: BinaryArchive, version: string): BinarySet | undefined {
  return sets.find(({ directory }) => directory.split('/').at(-1) === version)
}

/** Returns the binaries of a version: those in the directory of that name, or the only ones. */
export function binariesOf(archive: BinaryArchive, version: string): BinarySet | undefined {
  const { sets } = archive
  return namedBinaries(archive, version) ?? (sets.length === 1 ? sets[0] : undefined)
}

/** Where a node gets the kubelet, kubectl and kubeadm of a version from. */
export type BinaryInput =
  | { readonly kind: 'packages' }
  /** A directory on each node, with a file SHA256SUMS. */
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'archive'; readonly archive: BinaryArchive }
