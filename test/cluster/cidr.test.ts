import { describe, expect, it } from 'vitest'
import { addressAt, dnsAddress, hostPort, isIPv6, splitCidrs } from '../../src/cluster/cidr.ts'

describe('addressAt', () => {
  it.each([
    ['10.96.0.0/12', 10, '10.96.0.10'],
    ['10.96.0.0/12', 1, '10.96.0.1'],
    ['10.96.3.7/12', 1, '10.96.0.1'],
    ['10.0.0.0/24', 256, undefined],
    ['10.0.0.0/24', 255, '10.0.0.255'],
    ['10.0.255.0/16', 300, '10.0.1.44'],
    ['fd00:10:96::/112', 10, 'fd00:10:96::a'],
    ['fd00:10:96::/64', 65_537, 'fd00:10:96::1:1'],
    ['::/0', 1, '::1'],
    ['10.0.0.0', 1, undefined],
    // As in Kubernetes: leading zeros are decimal, IPv4-mapped IPv6 is IPv4.
    ['010.96.0.0/0012', 10, '10.96.0.10'],
    ['::ffff:10.96.0.0/112', 10, '10.96.0.10'],
    ['::1.2.3.4/108', 10, '::100:a'],
    ['::ffff:10.96.0.0/12', 10, '::a'],
    ['nonsense/8', 1, undefined],
    ['10.0.0.0/24', -1, undefined],
  ])('addressAt reads the network %s and returns for index %i the address %s', (cidr, index, expected) => {
    expect(addressAt(cidr, index)).toBe(expected)
  })
})

it('dnsAddress returns the 10th address of the first service network', () => {
  expect(dnsAddress('10.96.0.0/12')).toBe('10.96.0.10')
  expect(dnsAddress('fd00::/112, 10.96.0.0/16')).toBe('fd00::a')
  expect(dnsAddress('10.0.0.0/30')).toBe('10.96.0.10')
})

it('splitCidrs splits dual-stack networks', () => {
  expect(splitCidrs('10.0.0.0/8, fd00::/64')).toEqual(['10.0.0.0/8', 'fd00::/64'])
  expect(splitCidrs('')).toEqual([])
})

it('hostPort puts an IPv6 address in brackets', () => {
  expect(hostPort('fd00::1', 6443)).toBe('[fd00::1]:6443')
  expect(hostPort('10.0.0.1', 6443)).toBe('10.0.0.1:6443')
})

it('isIPv6 is true only for IPv6 addresses', () => {
  expect(['::1', 'fd00::1', '10.0.0.1', 'host', ''].map(isIPv6)).toEqual([true, true, false, false, false])
})
