import { describe, expect, it } from 'vitest'
import { flags } from '../../../src/config/flags/flags.ts'
import { parseInt32, parseList } from '../../../src/config/flags/text.ts'
import { parseFlagValue } from '../../../src/config/flags/values.ts'

/** Values that `kubeadm init --apiserver-bind-port` of v1.37.2 accepts or rejects. */
describe('a number on the command line', () => {
  it.each([
    ['6443', 6443],
    ['0x192b', 6443],
    ['0X192B', 6443],
    ['0b11', 3],
    ['0o17', 15],
    ['017', 15],
    ['0_17', 15],
    ['6_443', 6443],
    ['0x_19_2b', 6443],
    ['+1', 1],
    ['-1', -1],
    ['0', 0],
    ['-0', 0],
    ['00', 0],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
  ])('the number %s on the command line is %d', (text, value) => expect(parseInt32(text)).toBe(value))

  it.each([
    '',
    ' 1',
    '1 ',
    '08',
    '0x',
    '0b2',
    '1__0',
    '_1',
    '1_',
    '1.0',
    '1e3',
    '2147483648',
    '0xffffffff',
    '--1',
    'x',
  ])('%j is not a valid number on the command line', text => expect(parseInt32(text)).toBeUndefined())
})

describe('a list on the command line', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a, b', ['a', ' b']],
    ['a,', ['a', '']],
    [',', ['', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",c', ['a "b"', 'c']],
    ['""', ['']],
    ['a\nb', ['a']],
    ['"a\nb",c', ['a\nb', 'c']],
  ])('the list %j on the command line is %j', (text, list) => expect(parseList(text)).toEqual(list))

  it.each(['a"b', '"a', '"a"b', 'a,"b'])('the list %j on the command line is rejected for unmatched quotes', text => {
    expect(parseList(text)).toBeUndefined()
    const flag = flags.find(({ name }) => name === 'skip-phases')
    expect(flag && parseFlagValue(flag, [text])).toMatchObject({ message: expect.stringContaining('unmatched quotes') })
  })

  it('a list flag that is given twice combines both lists', () => {
    const flag = flags.find(({ name }) => name === 'skip-phases')
    expect(flag && parseFlagValue(flag, ['a,b', '"c,d"'])).toEqual({ value: ['a', 'b', 'c,d'] })
  })
})

it.each(['24h', '1h30m', '0', '1.5h', '300ms', '2us', '+5m', '2µs'])('%s is a valid duration', text => {
  const flag = flags.find(({ name }) => name === 'token-ttl')
  expect(flag && parseFlagValue(flag, text)).toEqual({ value: text })
})
