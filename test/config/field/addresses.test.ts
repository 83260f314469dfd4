import { expect, it } from 'vitest'
import {
  contains,
  familyOf,
  isGlobalUnicast,
  overlap,
  parseIp,
  parseSubnets,
} from '../../../src/config/field/addresses.ts'

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['010.000.0.08', '10.0.0.8'],
  ['FD00:0::0001', 'fd00::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:010.0.0.1', '10.0.0.1'],
  ['00001::', '1::'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['1:2:3:4:5:6:7:1.2.3.4', undefined],
  ['1.2.3.4::', undefined],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1:2:3:4:5:6:7:8::', undefined],
  [':::', undefined],
  ['12345::', undefined],
  ['10.0.0', undefined],
  ['0x7f.1', undefined],
  ['10.0.0.256', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
])('parseIp reads the address "%s" as Go does', (text, expected) => {
  expect(parseIp(text)).toBe(expected)
})

it.each([
  ['10.96.1.5/12', ['10.96.0.0/12']],
  ['10.0.0.0/8,fd00::1/108', ['10.0.0.0/8', 'fd00::/108']],
  ['::ffff:10.96.5.0/112', ['10.96.0.0/16']],
  ['::ffff:10.96.0.0/12', ['::/12']],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/+8', undefined],
  ['10.0.0.0/8, fd00::/108', undefined],
  ['10.0.0.0/8,', undefined],
])('parseSubnets reads the networks %s', (text, expected) => {
  expect(parseSubnets(text)?.map(subnet => subnet.text)).toEqual(expected)
})

it.each([
  ['10.0.0.1', true],
  ['8.8.8.8', true],
  ['0.1.2.3', true],
  ['240.0.0.1', true],
  ['fd00::1', true],
  ['127.0.0.1', false],
  ['169.254.0.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['fe80::1', false],
  ['::', false],
])('isGlobalUnicast decides whether %s is reachable from other hosts', (address, expected) => {
  expect(isGlobalUnicast(address)).toBe(expected)
})

it.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['fd00::/64', 'fd00::5', true],
  ['::/0', '10.1.2.3', false],
  ['10.0.0.0/8', 'host', false],
])('contains decides whether %s contains %s', (network, address, expected) => {
  expect(contains(network, address)).toBe(expected)
})

it.each([
  ['10.0.0.0/8', '10.244.0.0/16', true],
  ['10.244.0.0/16', '10.0.0.0/8', true],
  ['10.0.0.0/16', '10.1.0.0/16', false],
  ['::ffff:10.0.0.0/112', '10.0.0.0/8', true],
  ['fd00::/64', '10.0.0.0/8', false],
])('overlap decides whether %s and %s share addresses', (a, b, expected) => {
  expect(overlap(a, b)).toBe(expected)
})

it('familyOf returns the family of an address', () => {
  expect(['10.0.0.1', '::ffff:10.0.0.1', 'fd00::1', 'host', ''].map(familyOf)).toEqual([4, 4, 6, undefined, undefined])
})
