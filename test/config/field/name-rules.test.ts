import { expect, it } from 'vitest'
import {
  certNameFault,
  isImageRepository,
  parseHostPort,
  subdomainFault,
} from '../../../src/config/field/name-rules.ts'

it.each(['registry.k8s.io', 'localhost:5000/a', 'Example.com/a', '[fd00::1]:5000/a_b', 'a/b-c__d'])(
  '%s is a valid image repository',
  text => expect(isImageRepository(text)).toBe(true),
)

it.each(['x y', '-bad', 'a//b', 'host/Upper/x', 'a/', 'https://a'])('"%s" is not a valid image repository', text =>
  expect(isImageRepository(text)).toBe(false),
)

const isIp = (host: string) => host === '10.0.0.1' || host === 'fd00::1'

it.each([
  ['k8s.example.com', { host: 'k8s.example.com' }],
  ['10.0.0.1:6443', { host: '10.0.0.1', port: 6443 }],
  ['[fd00::1]:6443', { host: 'fd00::1', port: 6443 }],
  ['fd00::1', { host: 'fd00::1' }],
  ['a:0', 'hostport a:0: port 0 must be a valid number between 1 and 65535, inclusive'],
  ['A:1', "hostport A:1: host 'A' must be a valid IP address or a valid RFC-1123 DNS subdomain"],
])('parseHostPort splits the endpoint %s or explains why it cannot', (text, expected) => {
  expect(parseHostPort(text, isIp)).toEqual(expected)
})

it('names follow RFC 1123, and only certificate names can have a wildcard', () => {
  expect(subdomainFault('a.b-c.d')).toBeUndefined()
  expect(subdomainFault('a'.repeat(254))).toMatch(/no more than 253/)
  expect(subdomainFault('*.a')).toMatch(/RFC 1123/)
  expect(certNameFault('*.a')).toBeUndefined()
  expect(certNameFault('a.*')).toMatch(/wildcard/)
})
