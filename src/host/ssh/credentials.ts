import type { Secret } from '../../cluster/secret.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** Prompts the operator, one question at a time; undefined without a terminal. Throws INTERRUPTED. */
export type Ask = (question: string, options: { readonly echo: boolean }) => Promise<Secret | undefined>

export interface CredentialSources {
  readonly ask?: Ask
  /** For authentication. */
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
  /** An earlier answer that was wrong. */
  readonly wrong?: Secret | undefined
  /** Do not prompt. */
  readonly silent: boolean
}

/** The operator's answers, shared by all connections of a run so that each question is asked once. */
export interface Credentials {
  /** Returns the value from the environment, an earlier answer, or a prompt; undefined if there is none. */
  get(wanted: Wanted): Promise<Secret | undefined>
  /** Prompts for an answer that is not stored. */
  readonly ask: Ask
  /** Prompts once for all connections, with visible input. */
  confirm(question: string): Promise<Secret | undefined>
  readonly canAsk: boolean
  /** True if the environment contains it. */
  has(kind: CredentialKind): boolean
}

/** After INTERRUPTED nothing is prompted: each call throws the same error. */
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
