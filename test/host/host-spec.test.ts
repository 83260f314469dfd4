import { describe, expect, it } from 'vitest'
import { parseHostSpec } from '../../src/host/host-spec.ts'
import { rejection } from '../contract/hosts.ts'

describe('parseHostSpec', () => {
  it.each([
    ['node1', { host: 'node1' }],
    ['10.0.0.1', { host: '10.0.0.1' }],
    ['root@10.0.0.1:2222', { user: 'root', host: '10.0.0.1', port: 2222 }],
    ['ops@node1.example.org', { user: 'ops', host: 'node1.example.org' }],
    ['corp\\ops@node1', { user: 'corp\\ops', host: 'node1' }],
    ['node1$@dc', { user: 'node1$', host: 'dc' }],
    ['ops@corp.example@node1', { user: 'ops@corp.example', host: 'node1' }],
    ['fd00::1', { host: 'fd00::1' }],
    ['root@fd00::1', { user: 'root', host: 'fd00::1' }],
    ['[fd00::1]', { host: 'fd00::1' }],
    ['root@[fd00::1]:22', { user: 'root', host: 'fd00::1', port: 22 }],
    ['root@fe80::1%eth0.100', { user: 'root', host: 'fe80::1%eth0.100' }],
    ['fe80::1%br-0a1b', { host: 'fe80::1%br-0a1b' }],
    ['fe80::1%my_if', { host: 'fe80::1%my_if' }],
    ['fe80::1%2', { host: 'fe80::1%2' }],
    ['fe80::1%wg0+x', { host: 'fe80::1%wg0+x' }],
    ['[fe80::1%eth0.100]', { host: 'fe80::1%eth0.100' }],
    ['root@[fe80::1%bond0_1.20]:2222', { user: 'root', host: 'fe80::1%bond0_1.20', port: 2222 }],
    ['[fe80::1%eth0]:65535', { host: 'fe80::1%eth0', port: 65_535 }],
  ])('parseHostSpec parses %s', (text, spec) => {
    expect(parseHostSpec(text)).toEqual(spec)
  })

  it.each([
    '',
    '@node1',
    'root@',
    'node1:',
    'node1:0',
    'node1:65536',
    'node1:ssh',
    'node1:1e3',
    'a b',
    '[fd00::1',
    '[fd00::1]x',
    '[node1]:22',
    'node1:22:33',
    '-oProxyCommand=x',
    'ssh://node1',
    'root@[::1]:',
    'fe80::1%',
    'fe80::1%a%b',
    'fe80::1%eth0/64',
    '[fe80::1%]:22',
  ])('parseHostSpec rejects "%s" and explains the format', async text => {
    const error = await rejection(Promise.resolve().then(() => parseHostSpec(text)))
    expect(error.code).toBe('USAGE')
    expect(error.hint).toContain('[user@]address[:port]')
  })

  it.each([...[...'\'`"$\\;&<>|(){}\t\n\u0001\u007f'].map(one => `root@x${one}y`), 'root@x$(id>pwned)', 'root@-x'])(
    'parseHostSpec rejects the host of %j, which a shell could run, as ssh does',
    async text => {
      const error = await rejection(Promise.resolve().then(() => parseHostSpec(text)))
      expect(error.code).toBe('USAGE')
      expect(error.message).toBe(`"${text}" is not a valid SSH destination: hostname contains invalid characters`)
    },
  )

  it.each([...[...'\'`";&<>|(){}\n\u0001\u007f'].map(one => `x${one}y@node1`), '-x@node1', 'x -y@node1', 'x\\@node1'])(
    'parseHostSpec rejects the user of %j, which a shell could run, as ssh does',
    async text => {
      const error = await rejection(Promise.resolve().then(() => parseHostSpec(text)))
      expect(error.code).toBe('USAGE')
      expect(error.message).toContain('remote username contains invalid characters')
    },
  )
})
