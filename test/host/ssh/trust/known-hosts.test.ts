import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  checkHostKey,
  fingerprint,
  knownHostLine,
  knownKeyTypes,
  parseKnownHosts,
} from '../../../../src/host/ssh/trust/known-hosts.ts'

/** A public key blob of a type, distinguished by a letter. */
function blob(type: string, letter: string): Buffer {
  const part = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
  return Buffer.concat([part(type), part(letter.repeat(32))])
}

const ed = blob('ssh-ed25519', 'a')
const otherEd = blob('ssh-ed25519', 'b')
const rsa = blob('ssh-rsa', 'c')
const text = (key: Buffer) => `${key.toString('latin1', 4, 4 + key.readUInt32BE(0))} ${key.toString('base64')}`
const salt = Buffer.alloc(20, 's')
const hashed = (name: string) =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`

describe('a name with the zone of an IPv6 address', () => {
  it.each([
    ['fe80::1%eth0.100', 22],
    ['fe80::1%br_0-1', 2222],
  ])('the known_hosts line for %s on port %d matches it, plain and hashed', (host, port) => {
    for (const hash of [false, true]) {
      const entries = parseKnownHosts(knownHostLine(host, port, ed, hash), 'file')
      expect(checkHostKey(entries, host, port, ed).kind).toBe('known')
      expect(checkHostKey(entries, host.replace(/%.*/, '%eth1'), port, ed).kind).toBe('unknown')
    }
  })
})

describe('checkHostKey', () => {
  it.each([
    ['a plain name', `node1 ${text(ed)}`, 'known'],
    ['a name in a list', `other,node1,10.0.0.1 ${text(ed)}`, 'known'],
    ['upper case', `NODE1 ${text(ed)}`, 'known'],
    ['a comment after the key', `node1 ${text(ed)} root@node1`, 'known'],
    ['a wildcard', `node* ${text(ed)}`, 'known'],
    ['a question mark', `node? ${text(ed)}`, 'known'],
    ['a wildcard that a negation rules out', `node*,!node1 ${text(ed)}`, 'unknown'],
    ['a negation of another host', `node*,!node2 ${text(ed)}`, 'known'],
    ['a dot that is not a wildcard', `nod.1 ${text(ed)}`, 'unknown'],
    ['a hashed name', `${hashed('node1')} ${text(ed)}`, 'known'],
    ['another hashed name', `${hashed('node2')} ${text(ed)}`, 'unknown'],
    ['a comment', `# node1 ${text(ed)}`, 'unknown'],
    ['an empty file', '', 'unknown'],
    ['half a line', 'node1 ssh-ed25519', 'unknown'],
    ['another host', `node2 ${text(ed)}`, 'unknown'],
    ['another port', `[node1]:2222 ${text(ed)}`, 'unknown'],
    ['another key', `node1 ${text(otherEd)}`, 'changed'],
    ['another key of another type', `node1 ${text(rsa)}`, 'changed'],
    ['a type that cannot be verified', `node1 sk-ssh-ed25519@openssh.com AAAA`, 'unknown'],
    ['two keys, one of them correct', `node1 ${text(rsa)}\nnode1 ${text(otherEd)}\nnode1 ${text(ed)}`, 'known'],
    ['a revoked key', `node1 ${text(ed)}\n@revoked * ${text(ed)}`, 'revoked'],
    ['another revoked key', `node1 ${text(ed)}\n@revoked * ${text(otherEd)}`, 'known'],
    ['a certificate authority', `@cert-authority * ${text(ed)}`, 'unknown'],
  ])('checkHostKey handles %s', (_, file, kind) => {
    expect(checkHostKey(parseKnownHosts(file, 'file'), 'node1', 22, ed).kind).toBe(kind)
  })

  it.each([
    ['the name with that port', `[node1]:2222 ${text(ed)}`, 'known'],
    ['the hashed name with that port', `${hashed('[node1]:2222')} ${text(ed)}`, 'known'],
    ['the same key without a port', `node1 ${text(ed)}`, 'known'],
    ['another key without a port', `node1 ${text(otherEd)}`, 'unknown'],
    ['another key with that port', `node1 ${text(ed)}\n[node1]:2222 ${text(otherEd)}`, 'changed'],
    ['a key revoked without a port', `[node1]:2222 ${text(ed)}\n@revoked node1 ${text(ed)}`, 'revoked'],
  ])('checkHostKey on another port handles %s', (_, file, kind) => {
    expect(checkHostKey(parseKnownHosts(file, 'file'), 'node1', 2222, ed).kind).toBe(kind)
  })

  it('checkHostKey names the line of the changed key of the same type', () => {
    const entries = parseKnownHosts(`# first\nnode1 ${text(rsa)}\n\nnode1 ${text(otherEd)}\n`, '/home/known_hosts')
    const verdict = checkHostKey(entries, 'node1', 22, ed)
    expect(verdict).toMatchObject({ kind: 'changed', entry: { file: '/home/known_hosts', line: 4 } })
  })
})

describe('knownKeyTypes', () => {
  it('knownKeyTypes returns the keys of a host without revoked keys and keys of other hosts', () => {
    const lines = [`node1 ${text(rsa)}`, `node2 ${text(ed)}`, `@revoked node1 ${text(otherEd)}`, `node1 sk-x AAAA`]
    expect(knownKeyTypes(parseKnownHosts(lines.join('\n'), 'file'), 'node1', 22)).toEqual(['ssh-rsa'])
  })
})

describe('knownHostLine', () => {
  it.each([
    [22, false],
    [22, true],
    [2222, false],
    [2222, true],
  ])('knownHostLine makes a key known on port %d (hashed: %s)', (port, hash) => {
    const line = knownHostLine('Node1', port, ed, hash)
    expect(line.includes('node1')).toBe(!hash)
    expect(checkHostKey(parseKnownHosts(line, 'file'), 'node1', port, ed).kind).toBe('known')
    expect(checkHostKey(parseKnownHosts(line, 'file'), 'node2', port, ed).kind).toBe('unknown')
  })
})

describe('fingerprint', () => {
  it('fingerprint returns the fingerprint that ssh-keygen prints', () => {
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
    expect(fingerprint(Buffer.from(key, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU')
  })
})
