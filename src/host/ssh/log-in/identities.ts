import type { Socket } from 'node:net'
import ssh2, { type GetStreamCallback, type ParsedKey } from 'ssh2'
import { given } from '../../../cluster/given.ts'
import type { Secret } from '../../../cluster/secret.ts'
import type { LogInRules } from '../config/log-in-rules.ts'
import type { Credentials } from '../credentials.ts'
import { keyType } from '../trust/known-hosts.ts'
import { type OpenKey, type PrivateKeyFile, readKeyFile, type Sign } from './key-file.ts'

/** A key for authentication. */
export interface SshIdentity {
  /** For messages: a path, or the comment of an agent's key. */
  readonly name: string
  /** The blob of the public key. Called again if the passphrase is needed to read it. */
  readonly blob: () => Promise<Uint8Array | undefined>
  /** Signs; undefined if the key is not available because its passphrase is unknown. */
  readonly sign: (data: Buffer, hash: string | undefined) => Promise<Buffer | undefined>
}

/** Keys of files and agents, read once for all connections of a run. */
export interface Keyring {
  /** Returns the keys in the order of use, and why some cannot be used. */
  identities(
    rules: LogInRules,
  ): Promise<{ readonly identities: readonly SshIdentity[]; readonly notes: readonly string[] }>
}

export function makeKeyring(credentials: Credentials, uid: number | undefined): Keyring {
  const files = memo((path: string) => readKeyFile(path, uid))
  const agents = memo(agentKeys)
  const opened = new Map<string, Promise<OpenKey | undefined>>()
  const open = (file: PrivateKeyFile & { kind: 'encrypted' }, batch: boolean) => {
    const known = opened.get(file.path) ?? unlock(file, credentials, batch)
    opened.set(file.path, known)
    // Another connection may be allowed to prompt.
    known.then(key => key ?? opened.delete(file.path)).catch(() => opened.delete(file.path))
    return known
  }
  return {
    async identities(rules) {
      const [read, agent] = await Promise.all([
        Promise.all(rules.identityFiles.map(files)),
        rules.agent === undefined ? { keys: [] } : agents(rules.agent),
      ])
      const listed = agent.keys.filter(key => read.some(file => sameKey(file, key.blob)))
      const others = rules.identitiesOnly ? [] : agent.keys.filter(key => !listed.includes(key))
      const own = read.filter(file => !agent.keys.some(key => sameKey(file, key.blob)))
      const fromAgent = [...listed, ...others].map(key => ({ ...key, blob: async () => key.blob }))
      const fromFiles = own.flatMap(file => fileIdentity(file, encrypted => open(encrypted, rules.batch)))
      const notes = [...own.flatMap(file => fileNote(file, rules.named)), ...('note' in agent ? [agent.note] : [])]
      return { identities: [...fromAgent, ...fromFiles], notes }
    },
  }
}

function fileIdentity(
  file: PrivateKeyFile,
  open: (file: PrivateKeyFile & { kind: 'encrypted' }) => Promise<OpenKey | undefined>,
) {
  const name = file.path
  if (file.kind === 'private') return [{ name, blob: async () => file.blob, sign: lift(file.sign) }]
  if (file.kind !== 'encrypted') return []
  const blob = async () => file.blob ?? (await open(file))?.blob
  const sign = async (data: Buffer, hash: string | undefined) => (await open(file))?.sign(data, hash)
  return [{ name, blob, sign }]
}

function lift(sign: Sign): SshIdentity['sign'] {
  return async (data, hash) => sign(data, hash)
}

function fileNote(file: PrivateKeyFile, named: boolean): readonly string[] {
  if (file.kind === 'unusable') return [`${file.path} cannot be used: ${file.why}`]
  if (file.kind === 'public') return [`${file.path} is a public key without a private key in the agent`]
  return file.kind === 'missing' && named ? [`${file.path} does not exist`] : []
}

const tries = 3

async function unlock(file: PrivateKeyFile & { kind: 'encrypted' }, credentials: Credentials, batch: boolean) {
  let wrong: Secret | undefined
  for (let round = 0; round < tries + 1; round++) {
    const question = `passphrase of ${file.path}: `
    const passphrase = await credentials.get({ kind: 'passphrase', of: file.path, question, wrong, silent: batch })
    if (passphrase === undefined) return undefined
    const key = file.open(passphrase)
    if (key !== undefined) return key
    wrong = passphrase
  }
  return undefined
}

interface AgentKey {
  readonly name: string
  readonly blob: Uint8Array
  readonly sign: SshIdentity['sign']
}

interface AgentKeys {
  readonly keys: readonly AgentKey[]
  /** Why there are none. */
  readonly note?: string
}

/** Listing the keys needs no prompt. */
const listMs = 5000

/** An agent may require a confirmation, by a touch or in a window. */
const confirmMs = 120_000

/** An agent that times out. */
class PatientAgent extends ssh2.OpenSSHAgent {
  readonly #ms: number

  constructor(socket: string, ms: number) {
    super(socket)
    this.#ms = ms
  }

  override getStream(done: GetStreamCallback): void {
    super.getStream((error, stream) => {
      const silent = () => stream?.destroy(new Error(`it said nothing for ${this.#ms / 1000}s`))
      ;(stream as Socket | undefined)?.setTimeout(this.#ms, silent)
      done(error, stream)
    })
  }
}

/** Keys of unknown types, and certificates, are left out. */
function agentKeys(socket: string): Promise<AgentKeys> {
  const lister = new PatientAgent(socket, listMs)
  const signer = new PatientAgent(socket, confirmMs)
  const sign =
    (key: ParsedKey): SshIdentity['sign'] =>
    (data, hash) =>
      new Promise((resolve, reject) => {
        const options = given({ hash: hash as 'sha256' | 'sha512' | undefined })
        signer.sign(key, data, options, (error, signature) =>
          signature === undefined ? reject(error) : resolve(signature),
        )
      })
  return new Promise(resolve => {
    lister.getIdentities((error, keys) => {
      if (keys === undefined)
        return resolve({ keys: [], note: `the SSH agent at ${socket} does not answer: ${error?.message}` })
      const parsed = keys.filter(key => 'getPublicSSH' in key)
      resolve({
        keys: parsed.map(key => ({ name: `${key.comment} of the agent`, blob: key.getPublicSSH(), sign: sign(key) })),
      })
    })
  })
}

function sameKey(file: PrivateKeyFile, blob: Uint8Array): boolean {
  return 'blob' in file && file.blob !== undefined && Buffer.from(file.blob).equals(blob)
}

/** Returns the key types for negotiation; RSA keys have two. */
export function userKeyTypes(blob: Uint8Array): readonly string[] {
  return keyType(blob) === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [keyType(blob)]
}

function memo<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return key => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}
