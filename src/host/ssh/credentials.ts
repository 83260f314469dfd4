import type { Secret } from '../../cluster/secret.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** Asks the person at the keyboard one question at a time; undefined without a terminal. Throws INTERRUPTED. */
export type Ask = (question: string, options: { readonly echo: boolean }) => Promise<Secret | undefined>

export interface CredentialSources {
  readonly ask?: Ask
  /** To log in with. */
  readonly password?: Secret
  /** Of encrypted private keys. */
  readonly passphrase?: Secret
  /** Of the login user, for sudo. */
  readonly sudoPassword?: Secret
}

export type CredentialKind = 'password' | 'passphrase' | 'sudoPassword'

export interface Wanted {
  readonly kind: CredentialKind
  /** `user@host`, or the path of a key. */
  readonly of: string
  readonly question: string
  /** What was tried before and was wrong. */
  readonly wrong?: Secret | undefined
  /** Do not prompt. */
  readonly silent: boolean
}

/** What the operator knows, shared by all connections of a run so that nothing is asked for twice. */
export interface Credentials {
  /** From the environment, from an earlier answer, or asked for now; undefined when it is not to be had. */
  get(wanted: Wanted): Promise<Secret | undefined>
  /** Asks a question whose answer is not kept. */
  readonly ask: Ask
  /** Asks, once for all connections, what is shown as it is typed. */
  confirm(question: string): Promise<Secret | undefined>
  readonly canAsk: boolean
  /** Whether the environment gives it. */
  has(kind: CredentialKind): boolean
}

/** After INTERRUPTED no question is asked any more: each throws the same error. */
export function makeCredentials({ ask: askPerson, ...given }: CredentialSources): Credentials {
  const answers = new Map<string, Promise<Secret | undefined>>()
  let last: Promise<unknown> = Promise.resolve()
  const ask: Ask = (question, options) => {
    if (askPerson === undefined) return Promise.resolve(undefined)
    const answer = last.then(() => askPerson(question, options))
    last = answer.catch(error => {
      if (isKadmError(error) && error.code === 'INTERRUPTED') throw error
    })
    // No more prompts.
    last.catch(() => {})
    return answer
  }
  return {
    ask,
    canAsk: askPerson !== undefined,
    confirm(question) {
      const answer = answers.get(question) ?? ask(question, { echo: true })
      answers.set(question, answer)
      return answer
    },
    has: kind => given[kind] !== undefined,
    async get({ kind, of, question, wrong, silent }) {
      const key = `${kind} ${of}`
      for (;;) {
        const pending = answers.get(key)
        const known = pending === undefined ? given[kind] : await pending
        if (known !== undefined && known.reveal() !== wrong?.reveal()) return known
        if (silent || askPerson === undefined) return undefined
        // Another connection may have prompted in the meantime.
        if (answers.get(key) !== pending) continue
        const answer = ask(question, { echo: false })
        answers.set(key, answer)
        return answer
      }
    },
  }
}
