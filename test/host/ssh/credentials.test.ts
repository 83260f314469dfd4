import { describe, expect, it } from 'vitest'
import { secret } from '../../../src/cluster/secret.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { makeCredentials } from '../../../src/host/ssh/credentials.ts'
import { scriptedOperator } from '../../contract/ssh-lab.ts'

const wanted = { kind: 'password', of: 'a@b', question: 'password: ', silent: false } as const

describe('credentials', () => {
  it('credentials come from the environment before a prompt', async () => {
    const person = scriptedOperator(['password', 'typed'])
    const credentials = makeCredentials({ ask: person.ask, password: secret('given') })
    expect((await credentials.get(wanted))?.reveal()).toBe('given')
    expect(person.questions).toEqual([])
  })

  it('credentials are requested at a prompt when those of the environment are wrong', async () => {
    const person = scriptedOperator(['password', 'typed'])
    const credentials = makeCredentials({ ask: person.ask, password: secret('given') })
    expect((await credentials.get({ ...wanted, wrong: secret('given') }))?.reveal()).toBe('typed')
  })

  it('one prompt serves all requests for the same credentials, but each login has its own', async () => {
    const person = scriptedOperator(['password', 'one'], ['password', 'two'])
    const credentials = makeCredentials({ ask: person.ask })
    const answers = await Promise.all([wanted, wanted, { ...wanted, of: 'c@d' }, wanted].map(credentials.get))
    expect(answers.map(answer => answer?.reveal())).toEqual(['one', 'one', 'two', 'one'])
    expect(person.questions.length).toBe(2)
  })

  it('one further prompt serves all requests whose credentials are wrong', async () => {
    const person = scriptedOperator(['password', 'wrong'], ['password', 'right'])
    const credentials = makeCredentials({ ask: person.ask })
    const wrong = await credentials.get(wanted)
    const answers = await Promise.all([1, 2, 3].map(() => credentials.get({ ...wanted, wrong })))
    expect(answers.map(answer => answer?.reveal())).toEqual(['right', 'right', 'right'])
    expect(person.questions.length).toBe(2)
  })

  it.each([
    ['no prompt is possible', undefined, false],
    ['prompts are disabled', 'typed', true],
  ])('credentials are undefined when %s', async (_, answer, silent) => {
    const person = answer === undefined ? undefined : scriptedOperator(['password', answer])
    const credentials = makeCredentials(person === undefined ? {} : { ask: person.ask })
    expect(await credentials.get({ ...wanted, silent })).toBeUndefined()
    expect(person?.questions ?? []).toEqual([])
  })

  it('credentials are requested one prompt at a time', async () => {
    let open = 0
    const credentials = makeCredentials({
      ask: async question => {
        open++
        expect(open).toBe(1)
        await new Promise(resolve => setTimeout(resolve, 5))
        open--
        return secret(question)
      },
    })
    await Promise.all(['a', 'b', 'c'].map(of => credentials.get({ ...wanted, of })))
    await Promise.all([credentials.ask('d', { echo: true }), credentials.confirm('e')])
  })

  it('credentials can be requested after a failed prompt', async () => {
    const answers = [() => Promise.reject(new Error('stopped')), async () => secret('told')]
    const credentials = makeCredentials({ ask: () => (answers.shift() ?? (async () => undefined))() })
    await expect(credentials.ask('a', { echo: false })).rejects.toThrow('stopped')
    expect((await credentials.ask('b', { echo: false }))?.reveal()).toBe('told')
  })

  it('Ctrl-C at a prompt ends current and later prompts with the same error', async () => {
    const stopped = new KadmError('INTERRUPTED', 'interrupted at a prompt')
    const questions: string[] = []
    const credentials = makeCredentials({
      ask: question => {
        questions.push(question)
        return Promise.reject(stopped)
      },
    })
    const { get, ask, confirm } = credentials
    const waiting = [ask('a', { echo: false }), get(wanted), confirm('b'), ask('c', { echo: true })]
    for (const one of waiting) await expect(one).rejects.toBe(stopped)
    for (const one of [ask('d', { echo: false }), get({ ...wanted, of: 'c@d' }), confirm('b'), confirm('e')])
      await expect(one).rejects.toBe(stopped)
    expect(questions).toEqual(['a'])
  })
})
