import { batchedReads } from './batched-reads.ts'
import type { ConnectedHost } from './host.ts'
import { parseHostSpec } from './host-spec.ts'
import { shellHost } from './shell-host.ts'
import { sshAccess } from './ssh/access.ts'
import { checkLogIn, checkSessions } from './ssh/log-in/check.ts'
import { sshWorkshop, type WorkshopOptions } from './ssh/shared.ts'
import { asLoginUser, becomeRoot } from './ssh/sudo.ts'
import { sshTransport } from './ssh/transport.ts'
import { stoppable } from './stoppable.ts'

export type SshOptions = WorkshopOptions

/** Sessions that stay open during a run: the lock; with sudo, also the bridge to the container runtime. */
const lasting = 1
const bridge = 1

export interface ConnectOptions {
  /** Default: the address. */
  readonly name?: string
  readonly signal?: AbortSignal
}

/** Connects to hosts as root or through sudo. What connections share is read, and asked for, only once. */
export interface SshConnector {
  /**
   * `spec` is `[user@]address[:port]`; the SSH configuration provides the rest. Throws USAGE, NOT_BUILT,
   * HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, HOST_SHELL, HOST_CHANNEL, HOST_SUDO, or at once
   * the signal's reason.
   */
  connect(spec: string, options?: ConnectOptions): Promise<ConnectedHost>
}

export function sshConnector(options: SshOptions): SshConnector {
  const workshop = sshWorkshop(options)
  const access = sshAccess(workshop)
  const enter = async (spec: string, { name, signal }: ConnectOptions) => {
    const parsed = parseHostSpec(spec)
    const shown = name ?? parsed.host
    const connection = await access.reach(parsed, shown, signal)
    const cut = () => connection.link.cut('the run was interrupted')
    signal?.addEventListener('abort', cut, { once: true })
    try {
      const asUser = sshTransport(connection, { name: shown, root: asLoginUser })
      const sessions = connection.settings.user === 'root' ? lasting : lasting + bridge
      await checkLogIn(connection, sessions + 1)
      const root = await becomeRoot(connection, asUser, workshop.credentials)
      if (root.sessions > 0) await checkSessions(connection, sessions + 1, root.sessions)
      const transport = sshTransport(connection, { name: shown, root })
      return { ...batchedReads(shellHost(shown, transport), transport), spec }
    } catch (error) {
      connection.close()
      throw error
    } finally {
      signal?.removeEventListener('abort', cut)
    }
  }
  return {
    connect: (spec, options = {}) => stoppable(enter(spec, options), options.signal, host => host.close()),
  }
}
