import { expect, it } from 'vitest'
import { isGlobalUnicast, parseIp, parseSubnets } from '../../src/config/addresses.ts'

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['010.000.0.08', '10.0.0.8'],
  ['FD00:0::0001', 'fd00::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['10.0.0', undefined],
  ['0x7f.1', undefined],
  ['10.0.0.256', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
])('reads the address %s as Go does', (text, expected) => {
  expect(parseIp(text)).toBe(expected)
})

it.each([
  ['10.96.1.5/12', ['10.96.0.0/12']],
  ['10.0.0.0/8,fd00::1/108', ['10.0.0.0/8', 'fd00::/108']],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/8, fd00::/108', undefined],
  ['10.0.0.0/8,', undefined],
])('reads the networks %s', (text, expected) => {
  expect(parseSubnets(text)?.map(subnet => subnet.text)).toEqual(expected)
})

it.each([
  ['10.0.0.1', true],
  ['8.8.8.8', true],
  ['fd00::1', true],
  ['127.0.0.1', false],
  ['169.254.0.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['fe80::1', false],
  ['::', false],
])('knows whether others can reach %s', (address, expected) => {
  expect(isGlobalUnicast(address)).toBe(expected)
})
