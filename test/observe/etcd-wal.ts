/** The beginning of a file of etcd's write-ahead log: a checksum, then its owner. */
export function walBeginning(memberId: string, clusterId = '1'): Buffer {
  const metadata = Buffer.concat([field(1, BigInt(memberId)), field(2, BigInt(clusterId))])
  const checksum = Buffer.concat([field(1, 4n), field(2, 0n)])
  const owner = Buffer.concat([field(1, 1n), field(2, 0x1234n), Buffer.from([0x1a, metadata.length]), metadata])
  return Buffer.concat([frame(checksum), frame(owner), Buffer.alloc(64)])
}

/** A protobuf field that is a varint. */
function field(number: number, value: bigint): Buffer {
  const bytes = [number << 3]
  let rest = value
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

/** A record with its length, padded to eight bytes; the upper byte of the length contains the padding. */
function frame(record: Buffer): Buffer {
  const padding = (8 - (record.length % 8)) % 8
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(record.length) | (padding === 0 ? 0n : BigInt(0x80 | padding) << 56n))
  return Buffer.concat([length, record, Buffer.alloc(padding)])
}
