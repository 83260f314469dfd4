import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientChannel } from 'ssh2'
import { KadmError } from '../../errors/kadm-error.ts'
import { type Ended, firstLine, keepOpen, openSession, type Wire } from './session.ts'

const closeMs = 5000

/** Sockets of the login user that connect to sockets which only root can use. */
export interface SocketBridges {
  /**
   * Returns the path of the replacement socket; undefined if the socket does not exist. Throws HOST_CHANNEL if none can
   * be created.
   */
  open(socket: string): Promise<string | undefined>
  close(): Promise<void>
}

/**
 * Each bridge is a transient systemd socket with systemd-socket-proxyd, in a directory of the login user. It exists
 * while a session waits for the end of its stdin: until `close`, or until the connection is lost. The proxy closes both
 * directions if one of them ends. `asRoot` returns the command line that runs a script as root.
 */
export function socketBridges(wire: Wire, asRoot: (script: string) => string): SocketBridges {
  const bridges = new Map<string, Promise<string | undefined>>()
  const sessions: { readonly channel: ClientChannel; readonly closed: Promise<void> }[] = []
  const make = async (socket: string) => {
    const attach = (channel: ClientChannel) => ({
      channel,
      line: firstLine(channel, () => {}),
      closed: new Promise<void>(resolve => channel.once('close', () => resolve())),
    })
    const session = await openSession(wire, asRoot(bridgeScript(socket)), attach)
    const path = await session.line
    if (typeof path !== 'string') {
      if (path.output?.code === noSocket) return undefined
      throw noBridge(socket, wire.link.name, path)
    }
    keepOpen(wire.client, session.channel)
    sessions.push(session)
    return path
  }
  return {
    open(typed) {
      // One socket under two names would use two sessions; /var/run leads to /run wherever systemd runs.
      const socket = typed.replace(/^\/var\/run\//, '/run/')
      const made = bridges.get(socket) ?? make(socket)
      bridges.set(socket, made)
      made.then(path => path ?? bridges.delete(socket)).catch(() => bridges.delete(socket))
      return made
    },
    async close() {
      for (const { channel } of sessions) channel.end()
      // A host that no longer answers cleans up by itself.
      await Promise.race([Promise.all(sessions.map(one => one.closed)), sleep(closeMs, undefined, { ref: false })])
    },
  }
}

/** Exit code of the script if the socket does not exist. */
const noSocket = 44

function noBridge(socket: string, name: string, { output }: Ended): KadmError {
  const last = output?.stderr.trim().split('\n').at(-1)
  const why = last === undefined || last === '' ? `exit code ${output?.code ?? 'unknown'}` : last
  const message = `${socket} on ${name} is accessible only to root, and systemd-socket-proxyd could not forward it: ${why}`
  const hint = 'log in as root, or give the login user write access to the socket'
  return new KadmError('HOST_CHANNEL', message, { hint, output: output?.stderr ?? '' })
}

/** The process ID of the shell names directory and units, so that remains of a killed shell can be removed. */
function bridgeScript(socket: string): string {
  const target = `'${socket.replaceAll("'", `'\\''`)}'`
  return `target=${target}
[ -S "$target" ] || exit ${noSocket}
for old in /run/kadm-bridge-*; do
  [ -d "$old" ] && [ ! -d "/proc/\${old##*-}" ] || continue
  systemctl stop "\${old##*/}.socket" "\${old##*/}.service"; rm -rf -- "$old"
done
unit=kadm-bridge-$$ dir=/run/kadm-bridge-$$
trap 'systemctl stop $unit.socket $unit.service; rm -rf -- "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
for proxy in /lib/systemd/systemd-socket-proxyd /usr/lib/systemd/systemd-socket-proxyd; do [ -x "$proxy" ] && break; done
mkdir -m 0700 -- "$dir" && chown -- "$SUDO_UID:$SUDO_GID" "$dir" || exit 1
systemd-run --quiet --collect --unit=$unit \\
  --socket-property=ListenStream="$dir/socket" --socket-property=SocketUser="$SUDO_UID" \\
  --socket-property=SocketMode=0600 --socket-property=RemoveOnStop=yes \\
  "$proxy" "$target" >/dev/null || exit 1
printf '%s\\n' "$dir/socket"
exec 1>&-
cat >/dev/null`
}
