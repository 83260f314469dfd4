import type { ConnectTarget } from '../host.ts'
import { commandLine } from './command-line.ts'
import { collect, openSession, type Wire } from './session.ts'

/** sshd's settings for a login; empty if sshd does not report them. */
export interface ServerSettings {
  /** By name in lower case, as `sshd -T` prints them. */
  readonly of: ReadonlyMap<string, string>
  /** Options of keys that forbid forwarding: `/root/.ssh/authorized_keys:1: restrict`. */
  readonly keys: readonly string[]
}

/**
 * Asks sshd for its settings, with the file that it was started with. Without root it needs a readable host key, so it
 * gets a temporary one.
 */
const script = `exec 2>/dev/null
set -- $SSH_CONNECTION
PATH=$PATH:/usr/sbin:/sbin
p=$PPID file=
while [ "\${p:-1}" -gt 1 ]; do
  line=$(tr '\\0' ' ' < "/proc/$p/cmdline")
  case $line in *'[listener]'*' -f '*|*' -f '*'[listener]'*) file=\${line#* -f }; file=\${file%% *}; break ;; esac
  p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status")
done
of="user=$(id -un),host=$1,addr=$1,laddr=$3,lport=$4"
ask() { "$@" -T \${file:+-f "$file"} -C "$of"; }
if [ "$(id -u)" = 0 ]; then settings=$(ask sshd); else settings=$(ask sudo -n sshd); fi
if [ -z "$settings" ] && dir=$(mktemp -d); then
  ssh-keygen -q -t ed25519 -N '' -f "$dir/key" && settings=$(ask sshd -h "$dir/key")
  rm -rf -- "$dir"
fi
printf '%s\\n' "$settings"
files=$(printf '%s\\n' "$settings" | sed -n 's/^authorizedkeysfile //p')
cd || exit 0
for keys in \${files:-.ssh/authorized_keys}; do
  keys=$(printf '%s\\n' "$keys" | sed "s|%h|$HOME|; s|%u|$(id -un)|")
  grep -HnoE '(^|,)(restrict|no-port-forwarding|permitopen="[^"]*")' "$keys" | sed 's/^/key /'
done
true`

export async function readServerSettings(wire: Wire): Promise<ServerSettings> {
  const { output } = await openSession(wire, commandLine(script), channel => {
    channel.end()
    return { ended: collect(channel) }
  }).then(({ ended }) => ended)
  const lines = (output?.stdout ?? '').split('\n')
  const settings = lines.flatMap(line => {
    const [, name, value] = /^([a-z]+) (.*)$/.exec(line) ?? []
    return name === undefined || name === 'key' || value === undefined ? [] : [[name, value] as const]
  })
  const keys = lines.flatMap(line => /^key (\S+:\d+):,?(.*)$/.exec(line)?.slice(1, 3).join(': ') ?? [])
  return { of: new Map(settings), keys }
}

/** The names of settings as in sshd_config(5). */
const names = {
  disableforwarding: 'DisableForwarding',
  allowtcpforwarding: 'AllowTcpForwarding',
  allowstreamlocalforwarding: 'AllowStreamLocalForwarding',
  permitopen: 'PermitOpen',
} as const

/**
 * Returns the setting that prevents a target from being reached. What sshd forbids for ports it also forbids for
 * sockets (OpenSSH 9.2 and later). If sshd allows everything, the cause is an option of the key.
 */
export function forbiddingSetting({ of, keys }: ServerSettings, target: ConnectTarget): string {
  const allow = ['allowtcpforwarding'] as const
  const ofTarget = 'socket' in target ? (['allowstreamlocalforwarding', ...allow] as const) : allow
  const forbids = {
    disableforwarding: (value: string) => value === 'yes',
    allowtcpforwarding: (value: string) => !allowing.has(value),
    allowstreamlocalforwarding: (value: string) => !allowing.has(value),
    permitopen: (value: string) => value !== 'any',
  }
  const found = (['disableforwarding', ...ofTarget, 'permitopen'] as const).find(name => {
    const value = of.get(name)
    return value !== undefined && forbids[name](value)
  })
  if (found !== undefined) return `${names[found]} ${of.get(found)}`
  if (keys[0] !== undefined) return keys[0]
  return of.size > 0 ? `an option of the key (${ofKeys})` : `${ofTarget.map(name => names[name]).join(', ')}, ${others}`
}

const allowing: ReadonlySet<string> = new Set(['yes', 'all', 'local'])
const ofKeys = 'restrict, no-port-forwarding or permitopen= in authorized_keys'
const others = `PermitOpen or DisableForwarding in sshd_config, or an option of the key (${ofKeys})`
