/** The etcd member of a joining control plane. */
export interface JoiningMember {
  readonly name: string
  readonly peerUrl: string
  readonly dataDir: string
}
