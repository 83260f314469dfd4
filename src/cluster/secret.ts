import { inspect } from 'node:util'

/** A value that must never be shown. Printing, logging or serializing it gives `[redacted]`. */
export interface Secret {
  reveal(): string
  toString(): '[redacted]'
}

const shown = '[redacted]'

/** Wraps a value so that only an explicit `reveal()` returns it. */
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
