import { randomInt } from 'node:crypto'
import { type Secret, secret } from '../cluster/secret.ts'
import type { BootstrapToken } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'

/** Shape of a bootstrap token: id, dot, secret. */
export const bootstrapTokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

export interface TokenParts {
  /** Public: it names the Secret and the signature. */
  readonly id: string
  readonly secret: Secret
}

/** A new token, each character uniform over 36; `pick(n)` gives an integer in [0, n). */
export function newBootstrapToken(pick: (limit: number) => number = randomInt): Secret {
  const draw = (length: number) => Array.from({ length }, () => alphabet[pick(alphabet.length)]).join('')
  return secret(`${draw(6)}.${draw(16)}`)
}

/** Takes a token apart. Throws CONFIG_INVALID without repeating it. */
export function parseBootstrapToken(token: Secret): TokenParts {
  const match = bootstrapTokenPattern.exec(token.reveal())
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new KadmError('CONFIG_INVALID', 'the bootstrap token does not have the form [a-z0-9]{6}.[a-z0-9]{16}', {
      hint: 'make one with `kadm token generate`',
    })
  }
  return { id: match[1], secret: secret(match[2]) }
}

/** How long kubeadm-certs stays, in milliseconds. */
export const certsTtlMs = 2 * 3_600_000

/** The token that owns the kubeadm-certs Secret and takes it along when it expires: it can neither sign nor log in. */
export function certsTtlToken(): BootstrapToken {
  return {
    token: newBootstrapToken(),
    description: 'Proxy for managing TTL for the kubeadm-certs secret',
    ttl: certsTtlMs,
    usages: [],
    groups: [],
  }
}
