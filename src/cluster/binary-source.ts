/** Where a node gets the kubelet, kubectl and kubeadm of a version from. */
export type BinarySource =
  | { readonly kind: 'packages' }
  /** A directory on each node, with a file SHA256SUMS. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A tar archive on the operator's host, with a file SHA256SUMS next to the binaries. */
  | { readonly kind: 'archive'; readonly path: string }

/** The kubelet is required. The others are replaced if the source and the node have them. */
export const nodeBinaries = ['kubelet', 'kubectl', 'kubeadm'] as const

export type NodeBinary = (typeof nodeBinaries)[number]

export const checksumFile = 'SHA256SUMS'

/** The paths of the binaries on a node, with links resolved; the node may not have all of them. */
export type InstalledBinaries = ReadonlyMap<NodeBinary, string>
