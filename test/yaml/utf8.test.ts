import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/yaml/utf8.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('decodeUtf8', () => {
  it.each([
    ['ISO-8859-1', latin1('a: 1\nb: caf\xe9\n'), 2, /byte 12 of the file \(0xE9\), which is byte 7 of line 2/],
    ['a truncated character', Buffer.from([0x61, 0xe2, 0x82]), 1, /byte 2 of the file \(0xE2\)/],
    ['an overlong character', Buffer.from([0x61, 0x0a, 0xc0, 0x80]), 2, /byte 3 of the file \(0xC0\)/],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 1, /byte 1 of the file \(0xED\)/],
    ['UTF-16 with a byte order mark', Buffer.from('\ufeffa: 1\n', 'utf16le'), 1, /UTF-16, not UTF-8.* 0xFF 0xFE/],
    ['UTF-16 in big-endian order', Buffer.from('\ufeffa: 1\n', 'utf16le').swap16(), 1, /UTF-16, not UTF-8.* 0xFE 0xFF/],
    ['UTF-16 without a byte order mark', Buffer.from('a: 1\n', 'utf16le'), 1, /UTF-16, not UTF-8.* 0x61 0x00/],
  ])('decodeUtf8 rejects invalid UTF-8 with the place of the byte: %s', (_, bytes, line, message) => {
    expect(decodeUtf8(bytes)).toMatchObject({ line, message: expect.stringMatching(message) })
  })

  it.each(['', 'a', 'é', '😀\n', '\ufeffa: 1\n'])('decodeUtf8 returns valid UTF-8 unchanged: %j', text => {
    expect(decodeUtf8(Buffer.from(text))).toBe(text)
  })
})
