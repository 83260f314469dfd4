import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { decodeFileName, quote } from '../../src/host/quote.ts'
import { rejection } from '../contract/hosts.ts'

const shell = (script: string) => execFileSync('/bin/sh', ['-c', script], { maxBuffer: 2 ** 26 })

/** The same sequence in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
}

describe('quote', () => {
  it.each([
    [['systemctl', 'restart', 'kubelet'], 'systemctl restart kubelet'],
    [['a b'], "'a b'"],
    [["it's"], "'it'\\''s'"],
    [[''], "''"],
    [['~'], "'~'"],
    [['--flag=a,b:c/d@e%f+g'], '--flag=a,b:c/d@e%f+g'],
    [['x\udcff\udc80y'], `'x'"$(printf '\\377\\200')"'y'`],
  ])('quote writes %j as shell text', (argv, text) => {
    expect(quote(argv)).toBe(text)
  })

  it('quote preserves any characters in a real shell', () => {
    const next = randomNumbers(7)
    const alphabet = [...'abc \t\n\r\'"\\$`!*?[]{}()<>|&;#~=-%^,.:/@+_0ü€\u{1f600}', '\u0001', '\u007f', "'\\''"]
    const word = () =>
      Array.from({ length: Math.floor(next() * 12) }, () => alphabet[Math.floor(next() * alphabet.length)]).join('')
    const words = Array.from({ length: 3000 }, word)
    const output = shell(`set -- ${quote(words)}; for word; do printf '%s\\0' "$word"; done`)
    expect(output.toString('utf8').split('\0').slice(0, -1)).toEqual(words)
  })

  it('quote preserves every byte of a file name, valid UTF-8 or not', () => {
    const next = randomNumbers(11)
    for (let round = 0; round < 30; round++) {
      const bytes = Buffer.from(Array.from({ length: 200 }, () => 1 + Math.floor(next() * 255)))
      // A final newline is kept too.
      const name = Buffer.concat([bytes, Buffer.from('\xff\n', 'latin1')])
      expect(shell(`printf %s ${quote([decodeFileName(name)])}`).equals(name)).toBe(true)
    }
  })

  it('quote rejects NUL, which an argument cannot contain', async () => {
    expect((await rejection(Promise.resolve().then(() => quote(['a\0b'])))).code).toBe('INTERNAL')
  })
})
