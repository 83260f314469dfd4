import { constants } from 'node:os'

/** The exit code that shells return after a death by signal: 128 + n. Takes `SIGTERM` and `TERM`; 255 when unknown. */
export function signalCode(signal: string | undefined): number {
  const name = signal?.startsWith('SIG') ? signal : `SIG${signal}`
  const number = (constants.signals as Readonly<Record<string, number>>)[name]
  return number === undefined ? 255 : 128 + number
}
