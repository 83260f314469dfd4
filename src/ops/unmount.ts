import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import type { Argv, Host, HostReader } from '../host/host.ts'

/** The options of umount(8) for the flags of umount(2). The paths come from the kernel, so that no link is followed. */
const options: Readonly<Record<string, readonly string[]>> = {
  MNT_FORCE: ['--force'],
  MNT_DETACH: ['--lazy'],
  UMOUNT_NOFOLLOW: ['--no-canonicalize'],
}

const question: Argv = ['cat', '/proc/mounts']

/** Paths per command: a command line is limited to 128 KiB. */
const atOnce = 200

/**
 * Unmounts everything below a directory, innermost first; a mount of the directory itself stays. Throws HOST_FILE,
 * which names what cannot be unmounted: removing files there would delete data of a volume.
 */
export async function unmountBelow(host: Host, dir: string, flags: readonly string[]): Promise<void> {
  const mounts = await mountsBelow(host, dir)
  if (mounts.length === 0) return
  const none = { argv: question, stdout: () => '' }
  const words = ['umount', ...flags.flatMap(flag => options[flag] ?? []), '--'] as const
  let failure: unknown
  for (let at = 0; at < mounts.length; at += atOnce) {
    try {
      await host.exec([...words, ...mounts.slice(at, at + atOnce)], { outcome: { answers: [none] } })
    } catch (cause) {
      if (!isKadmError(cause, 'COMMAND_FAILED')) throw cause
      failure ??= cause
    }
  }
  // A shared mount that is listed twice is removed with its first entry; the second then fails.
  const left = failure === undefined ? [] : await mountsBelow(host, dir)
  if (left.length > 0) throw stillMounted(host.name, left, failure)
}

function stillMounted(machine: string, left: readonly string[], cause: unknown): KadmError {
  const output = cause instanceof KadmError ? cause.output : undefined
  const more = left.length > 5 ? ` and ${left.length - 5} more` : ''
  return new KadmError('HOST_FILE', `cannot unmount ${left.slice(0, 5).join(', ')}${more} on ${machine}`, {
    cause,
    hint: 'see what uses it (`fuser -vm PATH`), or put MNT_DETACH into unmountFlags of a ResetConfiguration',
    output,
  })
}

async function mountsBelow(host: HostReader, dir: string): Promise<readonly string[]> {
  const { stdout } = await host.query(question)
  return parseMounts(stdout)
    .filter(path => path.startsWith(`${dir}/`))
    .reverse()
}

/** Returns mount points in the order of mounting. The kernel writes blanks in octal. */
export function parseMounts(text: string): readonly string[] {
  return text.split('\n').flatMap(line => {
    const path = line.split(' ')[1]
    if (path === undefined) return []
    return [path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))]
  })
}
