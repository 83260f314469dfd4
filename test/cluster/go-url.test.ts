import { describe, expect, it } from 'vitest'
import { hostAndPort, parseGoUrl, socketPath } from '../../src/cluster/go-url.ts'

/** Recorded from Go 1.26's url.Parse; more texts are in the verdicts of kubeadm. */
describe('Go URLs', () => {
  it.each([
    ['HTTPS://Host:1/a%20b?q#f', { scheme: 'https', host: 'Host:1', path: '/a b' }],
    ['file:///etc/host%6eame', { scheme: 'file', host: '', path: '/etc/hostname' }],
    ['file:etc/hostname', { scheme: 'file', host: '', path: '' }],
    ['unix:/x', { scheme: 'unix', host: '', path: '/x' }],
    ['unix://run/x.sock', { scheme: 'unix', host: 'run', path: '/x.sock' }],
    ['/etc/x', { scheme: '', host: '', path: '/etc/x' }],
    ['//host/x', { scheme: '', host: 'host', path: '/x' }],
    ['///x', { scheme: '', host: '', path: '///x' }],
    ['https://u:p@[::1%25eth0]:8/', { scheme: 'https', host: '[::1%eth0]:8', path: '/' }],
    ['https://h%ff/', { scheme: 'https', host: 'h\ufffd', path: '/' }],
    ['https://h?a/b:c', { scheme: 'https', host: 'h', path: '' }],
    ['*', { scheme: '', host: '', path: '*' }],
  ])('parseGoUrl reads the parts of a URL as Go does: %s', (text, parts) => {
    expect(parseGoUrl(text)).toEqual(parts)
  })

  it.each([
    ['https://x/%zz', 'invalid URL escape "%zz"'],
    ['https://%41:1', 'invalid URL escape "%41"'],
    ['https://x`y', 'invalid character "`" in host name'],
    ['https://x:a', 'invalid port ":a" after host'],
    ['https://[1.2.3.4]', 'invalid host'],
    ['https://[::1', "missing ']' in host"],
    ['a b:c', 'first path segment in URL cannot contain colon'],
    [':x', 'missing protocol scheme'],
    ['https://x\n', 'invalid control character in URL'],
    ['https://u p@x', 'invalid userinfo'],
  ])('parseGoUrl rejects an invalid URL with the message of Go: %s', (text, message) => {
    expect(parseGoUrl(text)).toEqual({ message })
  })

  it.each([
    ['http://h:77/', 'h', '77'],
    ['http://[::1]:77/', '::1', '77'],
    ['http://[::1]/', '::1', ''],
    ['http://h:/', 'h', ''],
  ])('hostAndPort splits the host of a URL as Go does: %s', (text, name, port) => {
    const url = parseGoUrl(text)
    expect('message' in url ? url : hostAndPort(url)).toEqual({ name, port })
  })

  it.each([
    ['unix:///run/x.sock', '/run/x.sock'],
    ['unix:/x', '/x'],
    ['unix://run/x.sock', '/x.sock'],
    ['unix:///a%20b', '/a b'],
    ['/run/x.sock', '/run/x.sock'],
  ])('socketPath returns the path of the socket: %s', (text, path) => {
    expect(socketPath(text)).toBe(path)
  })
})
