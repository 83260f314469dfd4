import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware, type Prompt } from 'ssh2'
import type { Secret } from '../../../cluster/secret.ts'
import { isKadmError } from '../../../errors/kadm-error.ts'
import type { SshSettings } from '../config/config.ts'
import type { LogInMethod } from '../config/log-in-rules.ts'
import type { Credentials } from '../credentials.ts'
import { keyType } from '../trust/known-hosts.ts'
import { type SshIdentity, userKeyTypes } from './identities.ts'

export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** What was offered, for messages. */
  readonly tried: readonly string[]
  /** Returns the methods that the server accepts. */
  readonly offered: () => readonly string[]
  /** Keys that the server accepted, with a signature. */
  readonly taken: readonly string[]
  /** Keys that the server would accept, but whose passphrase is unknown. */
  readonly locked: readonly string[]
  /** RSA keys that the server would accept only with SHA-1, which the configuration does not allow. */
  readonly outdated: readonly string[]
}

interface Prover {
  readonly settings: SshSettings
  readonly identities: readonly SshIdentity[]
  readonly credentials: Credentials
  /** Runs a task that waits for the operator; time limits pause. */
  readonly asking: <T>(task: () => Promise<T>) => Promise<T>
  /** Ends the connection with an error. */
  readonly fail: (error: unknown) => void
}

/**
 * Authenticates the operator as OpenSSH does: `none` first, which returns the methods of the server, then the methods
 * in order while the server accepts them (RFC 4252; several may be required).
 */
export function authentication(prover: Prover): Authentication {
  const tried: string[] = []
  const taken: string[] = []
  const locked: string[] = []
  const outdated: string[] = []
  const stale = { list: false }
  const passwords = passwordSource(prover)
  const methods: Readonly<Record<LogInMethod, AsyncGenerator<AnyAuthMethod>>> = {
    publickey: keys(prover, { tried, taken, locked, outdated, stale }),
    'keyboard-interactive': questions(prover, passwords, tried),
    password: typed(prover, passwords, tried),
  }
  let offered: readonly string[] | undefined
  const next = async (left: readonly string[] | null): Promise<AnyAuthMethod | false> => {
    // ssh2 keeps the old list after an agent's signature; a server that also requires a password sends a new one.
    if (left === null || stale.list) {
      stale.list = false
      return { type: 'none', username: prover.settings.user }
    }
    offered = left
    for (const method of prover.settings.logIn.methods) {
      const attempt = left.includes(method) ? await methods[method].next() : undefined
      if (attempt?.done === false) return attempt.value
    }
    return false
  }
  return {
    tried,
    taken,
    locked,
    outdated,
    offered: () => offered ?? [],
    handler: (left, _, proceed) => {
      next(left).then(method => proceed(method as AnyAuthMethod), prover.fail)
    },
  }
}

interface KeyTrials {
  readonly tried: string[]
  readonly taken: string[]
  readonly locked: string[]
  readonly outdated: string[]
  /** Set by a signature. */
  readonly stale: { list: boolean }
}

async function* keys({ settings, identities, asking, fail }: Prover, trials: KeyTrials) {
  const { tried, taken, locked, outdated, stale } = trials
  for (const identity of identities) {
    const blob = await asking(identity.blob)
    if (blob === undefined) locked.push(identity.name)
    if (blob === undefined || !userKeyTypes(blob).some(type => settings.algorithms.userKey.includes(type))) continue
    tried.push(identity.name)
    const agent = new OneKeyAgent(Buffer.from(blob), async (data, hash) => {
      if (signsWithSha1(blob, hash) && !settings.algorithms.userKey.includes('ssh-rsa')) {
        outdated.push(identity.name)
        throw new Error('it would sign with SHA-1')
      }
      const signature = await asking(() => identity.sign(data, hash)).catch(error => {
        // After Ctrl-C at the prompt no other key is tried.
        if (isKadmError(error)) fail(error)
        throw error
      })
      if (signature === undefined) locked.push(identity.name)
      else taken.push(identity.name)
      stale.list = signature !== undefined
      return signature
    })
    yield { type: 'agent', username: settings.user, agent } as const
  }
}

/** True for an RSA key if the server does not announce other signatures (RFC 8308, server-sig-algs). */
function signsWithSha1(blob: Uint8Array, hash: string | undefined): boolean {
  return keyType(blob) === 'ssh-rsa' && hash !== 'sha256' && hash !== 'sha512'
}

/** Signs with one key after the server has accepted it; only then prompts for a passphrase. */
class OneKeyAgent extends ssh2.BaseAgent<Buffer> {
  readonly #blob: Buffer
  readonly #sign: SshIdentity['sign']

  constructor(blob: Buffer, sign: SshIdentity['sign']) {
    super()
    this.#blob = blob
    this.#sign = sign
  }

  override getIdentities(done: (error?: Error | null, keys?: Buffer[]) => void): void {
    done(null, [this.#blob])
  }

  override sign(_: unknown, data: Buffer, options: unknown, done?: unknown): void {
    const hash = (options as { hash?: string }).hash
    const answer = (done ?? options) as (error: Error | null, signature?: Buffer) => void
    this.#sign(data, hash).then(
      signature => (signature === undefined ? answer(new Error('no passphrase was given')) : answer(null, signature)),
      (error: Error) => answer(error),
    )
  }
}

interface PasswordSource {
  /** True if another prompt is useful. */
  more(): boolean
  next(): Promise<Secret | undefined>
}

/** Returns passwords one by one. One that was wrong for one method is not offered again by the other. */
function passwordSource({ settings, credentials, asking }: Prover): PasswordSource {
  const { batch, prompts } = settings.logIn
  const of = `${settings.user}@${settings.host}:${settings.port}`
  const question = `password of ${settings.user} on ${settings.typed}: `
  let wrong: Secret | undefined
  let rounds = 0
  const more = () =>
    rounds < prompts && ((credentials.canAsk && !batch) || (rounds === 0 && credentials.has('password')))
  return {
    more,
    async next() {
      if (!more()) return undefined
      rounds++
      const answer = await asking(() => credentials.get({ kind: 'password', of, question, wrong, silent: batch }))
      wrong = answer ?? wrong
      return answer
    },
  }
}

async function* typed({ settings }: Prover, passwords: PasswordSource, tried: string[]) {
  for (let password = await passwords.next(); password !== undefined; password = await passwords.next()) {
    tried.push('a password')
    yield { type: 'password', username: settings.user, password: password.reveal() } as const
  }
}

/** Matches `Password: `, `(ops@node1) Password: `, `ops@node1's password: `, but not a one-time password. */
const asksForPassword = /^(\([^)]*\) *)?(\S+'s )?password( for \S+)?: *$/i

/**
 * Answers the prompts of a server: a password prompt from the password sources, any other by the operator. The server
 * counts each answer as a try, so a prompt without an answer is the last one.
 */
async function* questions(prover: Prover, passwords: PasswordSource, tried: string[]) {
  const { settings, credentials, asking, fail } = prover
  let mute = false
  const answer = async ({ prompt, echo = false }: Prompt, text: string): Promise<string> => {
    const answer = !echo && asksForPassword.test(prompt) ? await passwords.next() : await askPerson(prompt, echo, text)
    mute ||= answer === undefined
    return answer?.reveal() ?? ''
  }
  const askPerson = async (prompt: string, echo: boolean, text: string): Promise<Secret | undefined> => {
    if (settings.logIn.batch) return undefined
    const question = [`${settings.user}@${settings.typed} asks:`, text, prompt].filter(part => part !== '').join(' ')
    return asking(() => credentials.ask(printable(question), { echo }))
  }
  for (let round = 0; round < settings.logIn.prompts && !mute && passwords.more(); round++) {
    tried.push('answers to its questions')
    const answers = async (prompts: readonly Prompt[], text: string) => {
      const all: string[] = []
      for (const one of prompts) all.push(await answer(one, text))
      return all
    }
    yield {
      type: 'keyboard-interactive',
      username: settings.user,
      prompt: (_name: string, text: string, _language: string, prompts: Prompt[], finish: (all: string[]) => void) => {
        answers(prompts, text).then(finish, fail)
      },
    } as const
  }
}

/** The text of a server must not move the cursor of the operator's terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, ' ')
}
