import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientChannel } from 'ssh2'
import { given } from '../../cluster/given.ts'
import type { Secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { SshConnection } from './access.ts'
import { commandLine } from './command-line.ts'
import { notRun } from './not-run.ts'
import { firstLine, openSession } from './session.ts'

/**
 * Answers sudo's password prompt in a session of its own, so that it never shares a stream with the data of a command.
 * sudo runs the askpass program as the login user. The program asks kadm through two named pipes in a directory that
 * only this user can enter. The password is never on disk, in an argument or in the environment.
 */
export interface Askpass {
  /** The value of SUDO_ASKPASS. */
  readonly program: string
  /** The prompt for `sudo -p`, if directories cannot contain programs: a shell then reads the script. */
  readonly prompt?: string
  /** Returns how often sudo has asked. */
  asks(): number
  close(): Promise<void>
}

type Connection = Pick<SshConnection, 'client' | 'link' | 'settings'>

/**
 * `reply` receives the number of the prompt; undefined ends the session, and sudo gets no answer. Throws HOST_SUDO, and
 * HOST_UNREACHABLE if the connection is lost.
 */
export function openAskpass(connection: Connection, reply: (asks: number) => Secret | undefined): Promise<Askpass> {
  return connection.link.during(settingUp, () => open(connection, reply))
}

const settingUp = 'setting up sudo'

async function open(
  { client, link, settings }: Connection,
  reply: (asks: number) => Secret | undefined,
): Promise<Askpass> {
  let asks = 0
  const answer = (channel: ClientChannel) => {
    const answer = reply(++asks)
    if (answer === undefined) channel.end()
    else channel.write(`${answer.reveal()}\n`)
  }
  const attach = (channel: ClientChannel) => {
    const closed = new Promise<void>(resolve => channel.once('close', () => resolve()))
    const line = firstLine(channel, rest => {
      for (const byte of rest) if (byte === newline) answer(channel)
    })
    return { channel, closed, line }
  }
  const session = await openSession({ client, link }, commandLine(script), attach, { lasting: true })
  const first = await session.line
  if (typeof first !== 'string') {
    if (first.output === undefined) throw link.lost(settingUp, 'the session ended without an exit code')
    if (!first.ran) throw notRun({ name: link.name, settings }, first)
    throw new KadmError('HOST_SUDO', 'sudo needs a password, and there is no writable directory to pass it through', {
      hint,
    })
  }
  const [program = '', prompt] = first.split(' ')
  return {
    program,
    ...given({ prompt }),
    asks: () => asks,
    async close() {
      session.channel.end()
      await Promise.race([session.closed, sleep(closeMs, undefined, { ref: false })])
    },
  }
}

const newline = 10

/** A host that no longer answers cleans up by itself. */
const closeMs = 5000

const hint = 'give the login user write access to $XDG_RUNTIME_DIR or /tmp'

/** One sudo at a time, because answers are read byte by byte from one pipe. */
const askpass = `#!/bin/sh
[ "$1" != probe ] || exit 0
dir=\${0%/*}
exec 9>"$dir/lock" && flock 9 && echo >"$dir/ask" && IFS= read -r line <"$dir/reply" && printf '%s\\n' "$line"`

/** Prints program and prompt, then one line per prompt, and reads one line per answer. Ends with its stdin. */
const script = `umask 077
dir=$(mktemp -d "\${XDG_RUNTIME_DIR:-/tmp}/kadm-sudo-XXXXXXXXXX") || exit 1
trap 'kill $pump; rm -rf -- "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
mkfifo "$dir/ask" "$dir/reply" || exit 1
cat > "$dir/askpass" <<'END'
${askpass}
END
chmod 0700 "$dir/askpass"
exec 3<>"$dir/ask" 4<>"$dir/reply"
if "$dir/askpass" probe; then printf '%s\\n' "$dir/askpass"; else printf '%s\\n' "/bin/sh $dir/askpass"; fi
cat <&3 & pump=$!
cat >&4`
