import type { AnyAuthMethod, Prompt } from 'ssh2'
import { describe, expect, it } from 'vitest'
import { secret } from '../../../../src/cluster/secret.ts'
import { parseHostSpec } from '../../../../src/host/host-spec.ts'
import { sshSettings } from '../../../../src/host/ssh/config/config.ts'
import { parseConfigLines } from '../../../../src/host/ssh/config/lines.ts'
import { configValues } from '../../../../src/host/ssh/config/values.ts'
import { makeCredentials } from '../../../../src/host/ssh/credentials.ts'
import { authentication } from '../../../../src/host/ssh/log-in/authentication.ts'
import { logInError } from '../../../../src/host/ssh/log-in/error.ts'
import type { SshIdentity } from '../../../../src/host/ssh/log-in/identities.ts'
import { wireString } from '../../../../src/host/ssh/trust/wire.ts'
import { scriptedOperator } from '../../../contract/ssh-lab.ts'

interface Knowing {
  readonly config?: string
  readonly password?: string
  readonly person?: ReturnType<typeof scriptedOperator>
  readonly identities?: readonly SshIdentity[]
}

async function prover({ config = '', password, person, identities = [] }: Knowing) {
  const operator = { user: 'me', home: '/home/me', env: {} }
  const spec = parseHostSpec('ops@node1')
  const values = await configValues(parseConfigLines(config, 'config'), { spec, operator, succeeds: async () => false })
  const failures: unknown[] = []
  const settings = sshSettings(spec, values, operator)
  const proof = authentication({
    settings,
    identities,
    credentials: makeCredentials({
      ...(password === undefined ? {} : { password: secret(password) }),
      ...(person === undefined ? {} : { ask: person.ask }),
    }),
    asking: task => task(),
    fail: error => failures.push(error),
  })
  const next = (left: readonly string[] | null) =>
    new Promise<AnyAuthMethod | false>(resolve => proof.handler(left as never, false, resolve as never))
  return { proof, next, failures, settings }
}

const key = (name: string, type = 'ssh-ed25519'): SshIdentity => ({
  name,
  blob: async () => Buffer.concat([wireString(type), wireString(name)]),
  sign: async () => Buffer.from('signature'),
})

const all = ['publickey', 'password', 'keyboard-interactive']

describe('authentication', () => {
  it('authentication first requests the methods of the server', async () => {
    const { next } = await prover({ identities: [key('a')] })
    expect(await next(null)).toEqual({ type: 'none', username: 'ops' })
  })

  it('authentication tries keys, then prompts, then a password, and no password twice', async () => {
    const { next, proof } = await prover({ identities: [key('a'), key('b')], password: 'p' })
    await next(null)
    const tried: (string | false)[] = []
    for (let round = 0; round < 4; round++) {
      const method = await next(all)
      tried.push(method === false ? false : method?.type)
      if (method && method.type === 'keyboard-interactive')
        await new Promise(resolve => method.prompt('', '', '', [{ prompt: 'Password: ', echo: false }], resolve))
    }
    expect(tried).toEqual(['agent', 'agent', 'keyboard-interactive', false])
    expect(proof.tried).toEqual(['a', 'b', 'answers to its questions'])
  })

  it('authentication tries only methods of the server, in the order of the configuration', async () => {
    const { next } = await prover({
      config: 'PreferredAuthentications password,publickey',
      identities: [key('a')],
      password: 'p',
    })
    await next(null)
    expect(await next(['publickey'])).toMatchObject({ type: 'agent' })
    expect(await next(all)).toMatchObject({ type: 'password', password: 'p' })
    expect(await next(['hostbased'])).toBe(false)
  })

  it('authentication requests the methods again after a signature, as a password may be needed too', async () => {
    const { next } = await prover({ identities: [key('a')], password: 'p' })
    await next(null)
    const method = await next(['publickey'])
    if (method === false || method.type !== 'agent' || typeof method.agent === 'string') throw new Error('no key')
    const { agent } = method
    await new Promise(resolve => agent.sign(Buffer.of(), Buffer.of(), {}, resolve))
    expect(await next(['publickey'])).toEqual({ type: 'none', username: 'ops' })
    expect(await next(['password'])).toMatchObject({ type: 'password' })
  })

  it.each<[string, Partial<Prompt>, boolean]>([
    ['Password: ', {}, true],
    ['password:', {}, true],
    ['(ops@node1) Password: ', {}, true],
    ["ops@node1's password: ", {}, true],
    ['Password for ops@node1: ', {}, true],
    ['Password: ', { echo: true }, false],
    ['One-time password (OATH) for `ops`: ', {}, false],
    ['Verification code: ', {}, false],
    ['New password: ', {}, false],
  ])('authentication answers the prompt "%s" %j with the password: %s', async (prompt, more, withPassword) => {
    const person = scriptedOperator([/asks:/, 'typed'])
    const { next } = await prover({ config: 'PasswordAuthentication no', password: 'p', person })
    await next(null)
    const method = await next(all)
    if (method === false || method.type !== 'keyboard-interactive') throw new Error('no questions')
    const answers = await new Promise<string[]>(resolve =>
      method.prompt('', 'Be quick\u001b[2J', '', [{ prompt, echo: false, ...more }], resolve),
    )
    expect(answers).toEqual([withPassword ? 'p' : 'typed'])
    expect(person.questions).toEqual(withPassword ? [] : [`ops@node1 asks: Be quick [2J ${prompt}`])
  })

  it.each<[string, Knowing]>([
    ['no prompt is possible', { password: 'p' }],
    ['prompts are disabled', { config: 'BatchMode yes', password: 'p', person: scriptedOperator([/asks:/, 'typed']) }],
  ])('authentication does not repeat an unanswered prompt, and then tries the password: %s', async (_, knowing) => {
    const { next } = await prover(knowing)
    await next(null)
    const method = await next(all)
    if (method === false || method.type !== 'keyboard-interactive') throw new Error('no questions')
    const prompts = [{ prompt: 'Verification code: ', echo: false }]
    expect(await new Promise(resolve => method.prompt('', '', '', prompts, resolve))).toEqual([''])
    expect(await next(all)).toMatchObject({ type: 'password', password: 'p' })
    expect(await next(all)).toBe(false)
  })

  it('authentication limits answers at prompts to NumberOfPasswordPrompts', async () => {
    const person = scriptedOperator([/asks:/, 'wrong'], [/asks:/, 'wrong'], [/asks:/, 'wrong'])
    const { next } = await prover({ config: 'NumberOfPasswordPrompts 2\nPasswordAuthentication no', person })
    await next(null)
    for (let round = 0; round < 2; round++) {
      const method = await next(all)
      if (method === false || method.type !== 'keyboard-interactive') throw new Error('no questions')
      const prompts = [{ prompt: 'Verification code: ', echo: false }]
      expect(await new Promise(resolve => method.prompt('', '', '', prompts, resolve))).toEqual(['wrong'])
    }
    expect(await next(all)).toBe(false)
  })

  it('authentication reports which keys stayed locked', async () => {
    const locked: SshIdentity = { ...key('locked'), blob: async () => undefined }
    const { next, proof } = await prover({ identities: [locked] })
    await next(null)
    expect(await next(all)).toBe(false)
    expect([proof.locked, proof.tried, proof.offered()]).toEqual([['locked'], [], all])
  })

  it.each<[string, string, string | undefined, string, boolean]>([
    ['a server that takes SHA-2', 'ssh-rsa', 'sha256', '', true],
    ['a server that takes SHA-512', 'ssh-rsa', 'sha512', '', true],
    ['a server that takes only SHA-1', 'ssh-rsa', 'sha1', '', false],
    ['a server that does not list its algorithms', 'ssh-rsa', undefined, '', false],
    ['a key of another type', 'ssh-ed25519', undefined, '', true],
    ['a configuration that adds SHA-1', 'ssh-rsa', 'sha1', 'PubkeyAcceptedAlgorithms +ssh-rsa', true],
  ])(
    'authentication signs with SHA-1 only when the configuration allows it: %s',
    async (_, type, hash, config, signed) => {
      const { next, proof, settings } = await prover({ config, identities: [key('/id', type), key('other')] })
      await next(null)
      const method = await next(all)
      if (method === false || method.type !== 'agent' || typeof method.agent === 'string') throw new Error('no key')
      const { agent } = method
      const answer = await new Promise((resolve, reject) =>
        agent.sign(Buffer.of(), Buffer.of(), { hash } as object, (error, signature) =>
          error ? reject(error) : resolve(signature),
        ),
      ).catch((error: Error) => error.message)
      expect(answer).toEqual(signed ? Buffer.from('signature') : 'it would sign with SHA-1')
      if (!signed) expect(await next(all)).toMatchObject({ type: 'agent' })
      const refused = Object.assign(new Error('no more'), { level: 'client-authentication' })
      const hint = logInError(refused, { settings, notes: [] }, { ...proof, said: '' }).hint
      expect(hint?.includes('the server accepts /id only with SHA-1: use a key of another type')).toBe(!signed)
    },
  )
})
