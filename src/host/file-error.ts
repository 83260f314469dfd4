import { given } from '../cluster/given.ts'
import { type ErrorDetails, KadmError } from '../errors/kadm-error.ts'

const hints: readonly (readonly [RegExp, (path: string) => string])[] = [
  [/no space left|quota/i, path => `make room on the disk of ${path}, then run the same command again`],
  [
    /read-only/i,
    path => `see why the file system of ${path} is read-only (check dmesg), then run the same command again`,
  ],
]

/** Returns the error of a file verb on a host, with the system's reason and, if known, a hint. */
export function fileError(
  { verb, path, host, reason }: { readonly [key in 'verb' | 'path' | 'host' | 'reason']: string },
  details: ErrorDetails,
): KadmError {
  const hint = hints.find(([pattern]) => pattern.test(reason))?.[1](path)
  const message = `cannot ${verb} ${path} on ${host}: ${reason}`
  return new KadmError('HOST_FILE', message, { ...details, ...given({ hint }) })
}
