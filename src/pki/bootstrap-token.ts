import { randomInt } from 'node:crypto'
import { type Secret, secret } from '../cluster/secret.ts'
import type { BootstrapToken } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'

/** The form of a bootstrap token: ID, dot, secret. */
export const bootstrapTokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

export interface TokenParts {
  /** Public: it names the Secret and the signature. */
  readonly id: string
  readonly secret: Secret
}

/** Generates a token with uniformly distributed characters; `pick(n)` returns an integer in [0, n). */
export function newBootstrapToken(pick: (limit: number) => number = randomInt): Secret {
  const draw = (length: number) => Array.from({ length }, () => alphabet[pick(alphabet.length)]).join('')
  return secret(`${draw(6)}.${draw(16)}`)
}

/** Splits a token. Throws CONFIG_INVALID without its text. */
export function parseBootstrapToken(token: Secret): TokenParts {
  const match = bootstrapTokenPattern.exec(token.reveal())
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new KadmError('CONFIG_INVALID', 'the bootstrap token does not have the form [a-z0-9]{6}.[a-z0-9]{16}', {
      hint: 'make one with `kadm token generate`',
    })
  }
  return { id: match[1], secret: secret(match[2]) }
}

/** Lifetime of kubeadm-certs in milliseconds. */
export const certsTtlMs = 2 * 3_600_000

/**
 * Returns the token that owns the Secret kubeadm-certs, which is deleted when the token expires. It can neither sign
 * nor authenticate.
 */
export function certsTtlToken(): BootstrapToken {
  return {
    token: newBootstrapToken(),
    description: 'Proxy for managing TTL for the kubeadm-certs secret',
    ttl: certsTtlMs,
    usages: [],
    groups: [],
  }
}
