// Takes symbols and debug sections out of an ELF-64 program, for any processor, without binutils: what `strip` does.
// The program runs from its segments, and those sections are at the end of the file and in none of them.

const sectionSize = 64

/** @returns {Buffer} the program without the sections that only debuggers read; unchanged if another section follows. */
export function stripElf(program) {
  if (program.toString('latin1', 1, 4) !== 'ELF' || program[4] !== 2) throw new Error('not an ELF-64 file')
  const start = Number(program.readBigUInt64LE(0x28))
  const count = program.readUInt16LE(0x3c)
  const names = program.readUInt16LE(0x3e)
  const headers = Array.from({ length: count }, (_, n) =>
    Buffer.from(program.subarray(start + n * sectionSize, start + (n + 1) * sectionSize)),
  )
  const offset = header => Number(header.readBigUInt64LE(24))
  const size = header => Number(header.readBigUInt64LE(32))
  const table = program.subarray(offset(headers[names]), offset(headers[names]) + size(headers[names]))
  const nameOf = header => table.toString('latin1', header.readUInt32LE(0), table.indexOf(0, header.readUInt32LE(0)))
  const debug = /^\.(?:debug_\w+|symtab|strtab)$/
  const first = headers.findIndex(header => debug.test(nameOf(header)))
  if (first < 0 || headers.some((header, n) => n >= first && n !== names && !debug.test(nameOf(header)))) return program

  const kept = headers.slice(0, first)
  const end = offset(headers[first])
  const tableHeader = headers[names]
  tableHeader.writeBigUInt64LE(BigInt(end), 24)
  const headersAt = Math.ceil((end + table.length) / 8) * 8
  const padding = Buffer.alloc(headersAt - end - table.length)
  const stripped = Buffer.concat([program.subarray(0, end), table, padding, ...kept, tableHeader])
  stripped.writeBigUInt64LE(BigInt(headersAt), 0x28)
  stripped.writeUInt16LE(kept.length + 1, 0x3c)
  stripped.writeUInt16LE(kept.length, 0x3e)
  return stripped
}
