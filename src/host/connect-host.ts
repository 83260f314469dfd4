import { hostname } from 'node:os'
import { batchedReads } from './batched-reads.ts'
import type { ConnectedHost } from './host.ts'
import { parseHostSpec } from './host-spec.ts'
import { localTransport } from './local.ts'
import { localFiles } from './local-files.ts'
import { shellHost } from './shell-host.ts'
import { sshTransport } from './ssh.ts'
import { resolveSshSettings } from './ssh-config.ts'
import { logIn } from './ssh-connection.ts'
import { readSshConfigs } from './ssh-files.ts'
import { needsSudo } from './sudo.ts'

export interface SshOptions {
  /** The operator's home folder, with `.ssh`. */
  readonly home: string
  /** The operator's login name: the remote user where nothing else names one. */
  readonly user: string
  readonly env: { readonly SSH_AUTH_SOCK?: string | undefined }
  /** Trust and remember a host key that known_hosts does not list. Never one that differs from what it lists. */
  readonly acceptNewHostKeys?: boolean
  /** Key files to use before what the configuration names. */
  readonly identityFiles?: readonly string[]
  /** In place of the known_hosts files that the configuration names. */
  readonly knownHostsFiles?: readonly string[]
  /** Default: the address. */
  readonly name?: string
  readonly signal?: AbortSignal
  /** Told of a host key that was accepted. */
  readonly note?: (text: string) => void
}

/** The machine that kadm runs on. */
export async function connectLocal(): Promise<ConnectedHost> {
  return localFiles(shellHost(hostname(), localTransport()))
}

/**
 * A machine reached over SSH, as root or through sudo. `spec` is `[user@]address[:port]`; the rest comes from the SSH
 * configuration. Throws USAGE, NOT_BUILT, HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, HOST_SUDO.
 */
export async function connectSsh(spec: string, opts: SshOptions): Promise<ConnectedHost> {
  const parsed = parseHostSpec(spec)
  const agent = opts.env.SSH_AUTH_SOCK
  const operator = { user: opts.user, home: opts.home, ...(agent === undefined ? {} : { agent }) }
  const found = resolveSshSettings(parsed, await readSshConfigs(opts.home), operator)
  const settings = {
    ...found,
    ...(opts.identityFiles === undefined
      ? {}
      : { identityFiles: [...opts.identityFiles, ...(found.identityFiles ?? [])] }),
    ...(opts.knownHostsFiles === undefined ? {} : { userKnownHosts: opts.knownHostsFiles, globalKnownHosts: [] }),
    acceptNewHostKeys: opts.acceptNewHostKeys === true || found.acceptNewHostKeys,
  }
  const { home, note, signal } = opts
  const logInOptions = {
    settings,
    home,
    ...(note === undefined ? {} : { note }),
    ...(signal === undefined ? {} : { signal }),
  }
  const client = await logIn(logInOptions)
  const name = opts.name ?? parsed.host
  try {
    const asUser = sshTransport(client, { name, sudo: false })
    const sudo = settings.user !== 'root' && (await needsSudo(asUser, settings.user, name))
    const transport = sudo ? sshTransport(client, { name, sudo }) : asUser
    return batchedReads(shellHost(name, transport), transport)
  } catch (error) {
    client.end()
    throw error
  }
}
