import { inspect } from 'node:util'

/** A value that must never be shown: printing, logging or serialising it gives `[redacted]`. */
export interface Secret {
  reveal(): string
  toString(): '[redacted]'
}

const shown = '[redacted]'

/** Wraps a value so that only an explicit `reveal()` gives it away. */
export function secret(value: string): Secret {
  const wrapped = {
    reveal: () => value,
    toString: (): '[redacted]' => shown,
    toJSON: () => shown,
    [inspect.custom]: () => shown,
  }
  return Object.freeze(wrapped)
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && typeof (value as { reveal?: unknown }).reveal === 'function'
}
