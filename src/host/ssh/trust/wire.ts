/** Reads the data types of RFC 4251, 5 one after another; each throws RangeError at the end of the bytes. */
export function wireReader(bytes: Uint8Array) {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > all.length) throw new RangeError('the data is cut short')
    at += length
    return all.subarray(at - length, at)
  }
  const uint32 = () => take(4).readUInt32BE()
  const string = () => take(uint32())
  return {
    uint32,
    uint64: () => take(8).readBigUInt64BE(),
    string,
    text: () => string().toString('utf8'),
    /** Names or bytes, each a string inside one string. */
    list(): readonly string[] {
      const inner = wireReader(string())
      const items: string[] = []
      while (inner.left() > 0) items.push(inner.text())
      return items
    },
    left: () => all.length - at,
    /** The number of bytes that were read. */
    position: () => at,
  }
}

/** Returns a string with its length prefix. */
export function wireString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
