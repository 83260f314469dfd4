import type { ClusterNode } from '../cluster/session.ts'
import { parseHostSpec } from '../host/host-spec.ts'

/** Returns how to reach a Node over SSH: its first address, with the user and port of the first host. */
export function specOf({ addresses: [address] }: ClusterNode, first: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const { user, port } = first === undefined ? {} : parseHostSpec(first)
  const bare = address.includes(':') ? `[${address}]` : address
  return `${user === undefined ? '' : `${user}@`}${bare}${port === undefined ? '' : `:${port}`}`
}
