import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { renderKubeconfig } from '../../src/render/kubeconfig.ts'
import { maskTexts } from '../../src/ui/mask-secret.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const kubeconfig = (token: string, server = 'https://cp1:6443') =>
  renderKubeconfig({ clusterName: 'k', server, caPem: 'ca', user: 'admin', token })

const cert = '-----BEGIN CERTIFICATE-----\nY2VydA==\n-----END CERTIFICATE-----\n'
const kubeletConf = 'apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    client-key-data: czNjcmV0czNjcmV0\n'

describe('maskTexts', () => {
  it('maskTexts returns a text without secrets unchanged', () => {
    expect(maskTexts({ before: bytes('ä\n'), after: 'b' })).toEqual({ before: 'ä\n', after: 'b' })
    expect(maskTexts({ after: 'a' })).toEqual({ after: 'a' })
    expect(maskTexts({})).toEqual({})
  })

  it('maskTexts hides the password of a URL in a manifest and reports that it changes', () => {
    const manifest = (password: string) =>
      `- name: HTTP_PROXY\n  value: http://bob:${password}@proxy\n- name: x\n  value: bob\n`
    const shown = maskTexts({ before: manifest('PASSWORD'), after: manifest('PASSWORT') })
    expect(shown).toEqual({
      before: '- name: HTTP_PROXY\n  value: http://[secret, 12 bytes]@proxy\n- name: x\n  value: bob\n',
      after: '- name: HTTP_PROXY\n  value: http://[secret, 12 bytes, another]@proxy\n- name: x\n  value: bob\n',
    })
    const bare = '- name: no_proxy\n  value: a\n- name: https_proxy\n  value: bob:PASSWORD@proxy:3128\n'
    expect(maskTexts({ before: bare, after: bare }).after).toBe(bare.replace('bob:PASSWORD', '[secret, 12 bytes]'))
  })

  it.each([
    ['a kubeconfig', kubeletConf, /client-key-data: \[secret, 16 bytes\]/],
    ['a file of certificates', `${cert}-----BEGIN RSA ${'PRIVATE KEY'}-----\nczNjcmV0\n`, /^\[secret, \d+ bytes\]\n$/],
  ])('maskTexts hides the private key of %s that is replaced by a text without secrets', (_, before, shown) => {
    for (const text of [before, bytes(before)]) {
      const masked = maskTexts({ before: text, after: 'apiVersion: v1\nkind: Config\n' })
      expect(masked.before).toMatch(shown)
      expect(masked.before).not.toContain('czNjcmV0')
      expect(masked.after).toBe('apiVersion: v1\nkind: Config\n')
    }
  })

  it('maskTexts reports only the size of a secret', () => {
    expect(maskTexts({ after: secret('s3cret') })).toEqual({ after: '[secret, 6 bytes]\n' })
  })

  it('maskTexts reports that a secret changes to another of the same size', () => {
    expect(maskTexts({ before: secret('s3cret'), after: secret('s4cret') })).toEqual({
      before: '[secret, 6 bytes]\n',
      after: '[secret, 6 bytes, another]\n',
    })
    expect(maskTexts({ before: secret('s3cret'), after: secret('s3cret') }).after).toBe('[secret, 6 bytes]\n')
  })

  it('maskTexts shows a kubeconfig without its credentials', () => {
    const { before, after } = maskTexts({
      before: kubeconfig('abcdef.0123456789abcdef'),
      after: kubeconfig('abcdef.fedcba9876543210', 'https://lb:6443'),
    })
    expect(before).toContain('    server: https://cp1:6443\n')
    expect(before).toContain('    token: [secret, 23 bytes]\n')
    expect(after).toContain('    server: https://lb:6443\n')
    expect(after).toContain('    token: [secret, 23 bytes, another]\n')
    expect(`${before}${after}`).not.toMatch(/0123456789abcdef|fedcba9876543210/)
  })

  it('maskTexts shows the certificate of a kubeconfig but not its key', () => {
    const text = renderKubeconfig({
      clusterName: 'k',
      server: 'https://cp1:6443',
      user: 'admin',
      clientCertPem: 'cert',
      clientKeyPem: secret('private'),
    })
    const { after } = maskTexts({ after: text })
    expect(after).toContain(`client-certificate-data: ${Buffer.from('cert').toString('base64')}`)
    expect(after).toContain('client-key-data: [secret, 12 bytes]')
  })

  it.each([
    ['a password', 'kind: Config\nusers:\n- name: a\n  user:\n    password: hunter2\n'],
    ['an argument', 'kind: Config\nusers:\n- user:\n    exec:\n      args:\n      - hunter2\n'],
    ['a variable', 'kind: Config\nusers:\n- user:\n    exec:\n      env:\n      - name: A\n        value: hunter2\n'],
    ['a block of text', 'kind: Config\nusers:\n- user:\n    token: |\n      hunter2\n'],
    ['a user on one line', 'kind: Config\nusers:\n- name: a\n  user: {token: hunter2, client-key-data: hunter2}\n'],
    ['a list on one line', 'kind: Config\nusers: [{name: a, user: {token: hunter2}}]\n'],
    ['an item on one line', 'kind: Config\nusers:\n- {name: a, user: {token: hunter2}}\n'],
    ['an anchor', 'kind: Config\nusers:\n- name: a\n  user: &a {token: hunter2}\n'],
    ['a tag', 'kind: Config\nusers:\n- name: a\n  user: !!map {token: hunter2}\n'],
    ['a folded text', 'kind: Config\nusers:\n- name: >-\n    hunter2\n'],
    ['a comment', 'kind: Config\nusers:\n- name: a\n  user: # hunter2\n    token: x\n'],
    ['JSON', '{"kind": "Config", "users": [{"user": {"token": "hunter2"}}]}'],
  ])('maskTexts hides every unknown part of a kubeconfig: %s', (_, text) => {
    expect(maskTexts({ after: secret(text) }).after).not.toContain('hunter2')
  })

  it('maskTexts shows empty fields of a kubeconfig', () => {
    const text = 'kind: Config\npreferences: {}\nusers: []\n'
    expect(maskTexts({ after: secret(text) }).after).toBe(text)
  })

  it('maskTexts reports the number of bytes of binary data', () => {
    expect(maskTexts({ before: Uint8Array.of(0xff, 0xfe), after: Uint8Array.of(0xff, 0xfd) })).toEqual({
      before: '[2 bytes of binary data]\n',
      after: '[2 bytes of binary data, another]\n',
    })
  })
})
