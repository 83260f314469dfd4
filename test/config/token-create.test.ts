import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { parseTokenCreate, type TokenCreateInput } from '../../src/config/token-create.ts'

const drawn = 'zzzzzz.zzzzzzzzzzzzzzzz'
const parse = (input: Partial<TokenCreateInput>) =>
  parseTokenCreate({ flags: {}, startedAt: new Date(0), randomToken: () => drawn, ...input }).map(
    ({ token, ...rest }) => ({ token: token.reveal(), ...rest }),
  )
const problemsOf = (input: Partial<TokenCreateInput>) => {
  try {
    return [`accepted: ${JSON.stringify(parse(input))}`]
  } catch (error) {
    return (error as { problems: readonly { field?: string; message: string }[] }).problems.map(
      ({ field, message }) => `${field}: ${message}`,
    )
  }
}
const groups = ['system:bootstrappers:kubeadm:default-node-token']
const usages = ['signing', 'authentication']

describe('token create', () => {
  it('token create generates a token for 24 hours by default, as kubeadm does', () => {
    expect(parse({})).toEqual([{ token: drawn, drawn: true, ttl: 864e5, usages, groups }])
  })

  it('token create reads all fields of the token from flags', () => {
    const flags = { ttl: '0', description: 'x', usages: ['signing,authentication'], groups: ['system:bootstrappers:a'] }
    const token = 'abcdef.0123456789abcdef'
    expect(parse({ flags, token: secret(token) })).toEqual([
      { token, description: 'x', ttl: 0, usages, groups: ['system:bootstrappers:a'] },
    ])
  })

  it('token create reads all tokens of a file', () => {
    const text = [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: InitConfiguration',
      'bootstrapTokens: [{token: abcdef.0123456789abcdef, ttl: 1h0m0s}, {}]',
    ].join('\n')
    expect(parse({ file: { path: 'c.yaml', text } }).map(({ token, ttl }) => [token, ttl])).toEqual([
      ['abcdef.0123456789abcdef', 36e5],
      [drawn, 864e5],
    ])
  })

  it.each([
    [{ flags: { ttl: '1y' } }, [/^--ttl: "1y" is not a duration/]],
    [
      { flags: { usages: ['sign'] } },
      [/^--usages: invalid bootstrap token usage string: sign/, /^--groups: token groups cannot be/],
    ],
    [{ flags: { groups: ['admins'] } }, [/^--groups: bootstrap group "admins" is invalid/]],
    [{ token: secret('ABC') }, [/^--token: /]],
    [{ certificateKey: secret('abcd') }, [/^--certificate-key: invalid certificate key size 2/]],
    [{ flags: { ttl: 'x', usages: ['y'] } }, [/^--ttl/]],
  ])('token create names the invalid flag: %j', (input, messages) => {
    expect(problemsOf(input)).toEqual(messages.map(message => expect.stringMatching(message)))
  })

  it('token create rejects flags and a token together with a file', () => {
    const file = { path: 'c.yaml', text: '' }
    const message = "can not mix '--config' with"
    expect(() => parse({ file, flags: { ttl: '1h' } })).toThrow(`${message} arguments [ttl]`)
    expect(() => parse({ file, token: secret('abcdef.0123456789abcdef') })).toThrow(`${message} a token`)
  })
})
