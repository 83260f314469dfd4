import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/phases/preflight/check.ts'
import { judgeHttpProxy, judgeHttpProxyCidr } from '../../../src/phases/preflight/network.ts'

const levels = (findings: readonly Finding[]): string => findings.map(finding => finding.level).join(',')
const texts = (findings: readonly Finding[]): string => findings.map(finding => finding.message).join('\n')

describe('a proxy', () => {
  const env = (noProxy: string) => [
    { name: 'HTTPS_PROXY', value: 'http://me:secret@proxy:3128' },
    { name: 'no_proxy', value: noProxy },
  ]
  it.each([
    ['', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.1', false],
    ['10.0.0.0/8', '10.0.0.1', false],
    ['10.0.0.1:443', '10.0.0.1', false],
    ['10.0.0.1:80', '10.0.0.1', true],
    ['*', '10.0.0.1', false],
    ['example.com', 'api.example.com', false],
    ['.example.com', 'example.com', true],
    ['*.example.com', 'api.example.com', false],
    ['fd00::/8', 'fd00::1', false],
    ['', '127.0.0.1', false],
    ['', 'localhost', false],
  ])('the proxy check with no_proxy "%s" for %s warns: %s', (noProxy, host, warns) => {
    expect(judgeHttpProxy(env(noProxy), host).length).toBe(warns ? 1 : 0)
  })

  it('the proxy check hides the password of the proxy', () => {
    expect(texts(judgeHttpProxy(env(''), 'fd00::1'))).toBe(
      'Connection to "https://[fd00::1]:1234" uses proxy "http://me:xxxxx@proxy:3128". If that is not intended, adjust your proxy settings',
    )
  })

  it('the proxy check of a subnet uses its first address', () => {
    expect(judgeHttpProxyCidr(env('10.96.0.1'), '10.96.0.0/12')).toEqual([])
    expect(levels(judgeHttpProxyCidr(env('10.96.0.2'), '10.96.0.0/12'))).toBe('warning')
    expect(levels(judgeHttpProxyCidr(env(''), 'x'))).toBe('error')
    expect(judgeHttpProxyCidr([], '10.96.0.0/12')).toEqual([])
  })
})
