import { constants } from 'node:os'

/** Returns the exit code of shells after a death by signal: 128 + n. Accepts `SIGTERM` and `TERM`; 255 if unknown. */
export function signalCode(signal: string | undefined): number {
  const name = signal?.startsWith('SIG') ? signal : `SIG${signal}`
  const number = (constants.signals as Readonly<Record<string, number>>)[name]
  return number === undefined ? 255 : 128 + number
}
