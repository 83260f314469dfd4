import type { HostReader } from '../../host/host.ts'

/** The content of an etcd data directory: nothing, the data of a member (its ID in decimal), or unknown data. */
export type EtcdData =
  | { readonly kind: 'none' }
  | { readonly kind: 'member'; readonly id: string }
  | { readonly kind: 'unknown' }

// Every file has the member ID. The last one exists even after old ones were purged.
const script = `
[ -e "$1/member" ] || { echo none; exit; }
last=$(ls "$1"/member/wal/*.wal 2>/dev/null | tail -n 1)
[ -n "$last" ] && head -c 1024 "$last" | base64`

/** Returns the owner of the data in a directory, from its write-ahead log. */
export async function readEtcdData(host: HostReader, dataDir: string): Promise<EtcdData> {
  const { stdout } = await host.query(['sh', '-c', script, 'sh', dataDir])
  if (stdout.trim() === 'none') return { kind: 'none' }
  const id = parseWalMemberId(Buffer.from(stdout, 'base64'))
  return id === undefined ? { kind: 'unknown' } : { kind: 'member', id }
}

const metadataRecord = 1n

/**
 * Returns the member ID from the beginning of a file of etcd's write-ahead log: frames of a length, a record and
 * padding; the second record contains metadata. Source: go.etcd.io/etcd server/storage/wal.
 */
export function parseWalMemberId(wal: Buffer): string | undefined {
  for (let at = 0; at + 8 <= wal.length; ) {
    const field = wal.readBigUInt64LE(at)
    const length = Number(field & 0x00ff_ffff_ffff_ffffn)
    const padding = field >> 63n === 1n ? Number((field >> 56n) & 0x7n) : 0
    if (length === 0 || at + 8 + length > wal.length) return undefined
    const record = parseFields(wal.subarray(at + 8, at + 8 + length))
    const data = record.get(3)
    if (record.get(1) === metadataRecord && Buffer.isBuffer(data)) {
      const id = parseFields(data).get(1)
      return typeof id === 'bigint' ? String(id) : undefined
    }
    at += 8 + length + padding
  }
  return undefined
}

/** Parses the varint and bytes fields of a protobuf message by number; etcd's records have no other types. */
function parseFields(message: Buffer): ReadonlyMap<number, bigint | Buffer> {
  const fields = new Map<number, bigint | Buffer>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; at < message.length && shift < 70n; shift += 7n) {
      const byte = message[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return BigInt.asUintN(64, value)
  }
  while (at < message.length) {
    const tag = Number(varint())
    if ((tag & 7) === 0) fields.set(tag >> 3, varint())
    else if ((tag & 7) === 2) {
      const length = Number(varint())
      fields.set(tag >> 3, message.subarray(at, at + length))
      at += length
    } else return fields
  }
  return fields
}
