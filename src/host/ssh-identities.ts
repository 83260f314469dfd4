import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import type { SshSettings } from './ssh-config.ts'

/** What to log in with, in the order of trying, and why some of it cannot be used. */
export interface Identities {
  readonly methods: readonly AuthMethod[]
  /** What is tried, for messages: file names, `the SSH agent`. */
  readonly tried: readonly string[]
  readonly notes: readonly string[]
}

export type AuthMethod =
  | { readonly type: 'publickey'; readonly username: string; readonly key: Buffer }
  | { readonly type: 'agent'; readonly username: string; readonly agent: string }

const defaultNames = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Keys that the configuration names come before the agent's, which sshd's limit of tries may cut off; defaults after. */
export async function loadIdentities(settings: SshSettings, home: string): Promise<Identities> {
  const named = settings.identityFiles !== undefined
  const paths = settings.identityFiles ?? defaultNames.map(name => `${home}/.ssh/${name}`)
  const loaded = await Promise.all(paths.map(path => loadKey(path, named)))
  const keys = loaded.flatMap(one => ('key' in one ? [{ ...one, username: settings.user }] : []))
  const files = keys.map(({ key, username }) => ({ type: 'publickey', username, key }) as const)
  const agents =
    settings.agent === undefined ? [] : [{ type: 'agent', username: settings.user, agent: settings.agent } as const]
  const agentNames = agents.length === 0 ? [] : ['the SSH agent']
  const fileNames = keys.map(one => one.path)
  return {
    methods: named ? [...files, ...agents] : [...agents, ...files],
    tried: named ? [...fileNames, ...agentNames] : [...agentNames, ...fileNames],
    notes: loaded.flatMap(one => ('note' in one ? [one.note] : [])),
  }
}

type Loaded = { readonly path: string; readonly key: Buffer } | { readonly note: string } | Record<never, never>

async function loadKey(path: string, named: boolean): Promise<Loaded> {
  try {
    const key = await readFile(path)
    const parsed = ssh2.utils.parseKey(key)
    // A public key names one that the agent holds.
    if (!(parsed instanceof Error)) return parsed.isPrivateKey() ? { path, key } : {}
    if (isEncrypted(key.toString('latin1'))) return { note: `${path} is encrypted: add it to an SSH agent to use it` }
    return { note: `${path} is not a private key that can be used: ${parsed.message}` }
  } catch (error) {
    return named ? { note: `${path} cannot be read: ${(error as Error).message}` } : {}
  }
}

/** OpenSSH's own format names its cipher first; the older formats say it in words. */
function isEncrypted(text: string): boolean {
  const own = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)/.exec(text)?.[1]
  if (own === undefined) return text.includes('ENCRYPTED')
  const magic = 'openssh-key-v1\0'
  const body = Buffer.from(own, 'base64')
  const length = body.readUInt32BE(magic.length)
  return body.toString('latin1', magic.length + 4, magic.length + 4 + length) !== 'none'
}
