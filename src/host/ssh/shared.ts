import type { Duplex } from 'node:stream'
import { given } from '../../cluster/given.ts'
import type { HostSpec } from '../host-spec.ts'
import { localTransport } from '../local/transport.ts'
import { type SshSettings, sshSettings } from './config/config.ts'
import { readSshConfig } from './config/lines.ts'
import type { Operator } from './config/tokens.ts'
import { type ConfigValues, configValues } from './config/values.ts'
import { type CredentialSources, type Credentials, makeCredentials } from './credentials.ts'
import { sshUnreachable } from './log-in/error.ts'
import { type Keyring, makeKeyring } from './log-in/identities.ts'
import type { HostKnowledge } from './trust/host-key.ts'
import { appendKnownHost, readCertified, readKnownHostsFile, readRevokedKeys } from './trust/host-knowledge.ts'

/** What connections need besides the network, read once for all of them: settings, keys, known hosts, passwords. */
export interface SshWorkshop {
  readonly credentials: Credentials
  readonly keyring: Keyring
  /** `jump` replaces the ProxyJump of the host's configuration. */
  settings(spec: HostSpec, jump?: string): Promise<SshSettings>
  /** Returns what is known about a host's keys. Asks the host, over `dial`, for a certificate if accepted. */
  knowledge(settings: SshSettings, dial: () => Promise<Duplex>): Promise<HostKnowledge>
  /** Adds the line of a new host key to known_hosts. */
  remember(settings: SshSettings, line: string): Promise<void>
}

export interface WorkshopOptions extends CredentialSources {
  /** The operator's home directory, with `.ssh`. */
  readonly home: string
  /** The operator's login name: the default remote user. */
  readonly user: string
  readonly uid?: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Accept and store a host key that is not in known_hosts. Never one that differs from a stored key. */
  readonly acceptNewHostKeys?: boolean
  /** Key files to use before those of the configuration. */
  readonly identityFiles?: readonly string[]
  /** Replaces the known_hosts files of the configuration. */
  readonly knownHostsFiles?: readonly string[]
  /** Called with a host key that was accepted. */
  readonly note?: (text: string) => void
}

export function sshWorkshop(options: WorkshopOptions): SshWorkshop {
  const { home, user, uid, env, note } = options
  const operator: Operator = { home, user, env, ...given({ uid }) }
  const credentials = makeCredentials(options)
  const knownHosts = new Map<string, ReturnType<typeof readKnownHostsFile>>()
  const known = (file: string) => {
    const read = knownHosts.get(file) ?? readKnownHostsFile(file)
    knownHosts.set(file, read)
    return read
  }
  let lines: ReturnType<typeof readSshConfig> | undefined
  return {
    credentials,
    keyring: makeKeyring(credentials, uid),
    async settings(spec, jump) {
      lines ??= readSshConfig(home, uid)
      const values = await configValues(await lines, { spec, operator, succeeds })
      return withOptions(sshSettings(spec, jump === undefined ? values : withJump(values, jump), operator), options)
    },
    async knowledge(settings, dial) {
      const { trust, typed } = settings
      const [revoked, ...read] = await Promise.all([
        readRevokedKeys(trust.revokedFiles),
        ...[...trust.userFiles, ...trust.globalFiles].map(known),
      ])
      const certified = await readCertified(settings, { known: read.flat(), revoked }, dial, new Date()).catch(
        error => {
          throw sshUnreachable(settings, error)
        },
      )
      return { typed, rules: trust, known: read.flat(), revoked, certified }
    },
    async remember({ typed, trust }, line) {
      const [file] = trust.userFiles
      if (file === undefined) return
      const failed = await appendKnownHost(file, line).catch((error: Error) => error)
      knownHosts.delete(file)
      // As in OpenSSH, it is trusted for this run, and the prompt is repeated next time.
      const outcome = failed instanceof Error ? `could not add it to ${file}: ${failed.message}` : `added it to ${file}`
      note?.(`accepted the host key of ${typed} and ${outcome}`)
    },
  }
}

/** The command of a `Match exec`. */
async function succeeds(command: string): Promise<boolean> {
  return (await localTransport().run(command)).code === 0
}

function withJump(values: ConfigValues, jump: string): ConfigValues {
  const others = [...values].filter(([keyword]) => keyword !== 'proxycommand')
  return new Map([...others, ['proxyjump', { words: [jump], rest: jump }]])
}

function withOptions(settings: SshSettings, options: WorkshopOptions): SshSettings {
  const { identityFiles, knownHostsFiles, acceptNewHostKeys } = options
  const { logIn, trust } = settings
  const files = logIn.named ? logIn.identityFiles : []
  return {
    ...settings,
    logIn: identityFiles === undefined ? logIn : { ...logIn, named: true, identityFiles: [...identityFiles, ...files] },
    trust: {
      ...trust,
      ...(knownHostsFiles === undefined ? {} : { userFiles: knownHostsFiles, globalFiles: [] }),
      ...(acceptNewHostKeys === true ? { unknown: 'accept' as const } : {}),
    },
  }
}
