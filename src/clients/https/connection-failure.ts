import { isKadmError, type Reason } from '../../errors/kadm-error.ts'

/** Kinds of connection failures, by remedy. */
export type FailureKind =
  | 'refused'
  | 'down'
  | 'route'
  | 'name'
  | 'authority'
  | 'clock'
  | 'expired'
  | 'names'
  | 'protocol'

export interface ConnectionFailure {
  /** `connection refused` */
  readonly says: string
  readonly kind: FailureKind
}

const unknownAuthority: ConnectionFailure = {
  says: 'its certificate is signed by an unknown authority',
  kind: 'authority',
}

/** Error codes of Node.js and OpenSSL, as text. */
const failures: Readonly<Record<string, ConnectionFailure>> = {
  ECONNREFUSED: { says: 'connection refused', kind: 'refused' },
  ECONNRESET: { says: 'the connection was closed', kind: 'down' },
  EPIPE: { says: 'the connection was closed', kind: 'down' },
  ETIMEDOUT: { says: 'timed out', kind: 'down' },
  EHOSTUNREACH: { says: 'no route to the host', kind: 'route' },
  ENETUNREACH: { says: 'no route to the network', kind: 'route' },
  ENOTFOUND: { says: 'its name cannot be resolved', kind: 'name' },
  EAI_AGAIN: { says: 'its name cannot be resolved', kind: 'name' },
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_SIGNATURE_FAILURE: {
    says: 'its certificate is signed by a different CA with the same name',
    kind: 'authority',
  },
  CERT_NOT_YET_VALID: { says: 'its certificate is not yet valid', kind: 'clock' },
  CERT_HAS_EXPIRED: { says: 'its certificate has expired', kind: 'expired' },
  ERR_TLS_CERT_ALTNAME_INVALID: { says: 'its certificate is not valid for this name or address', kind: 'names' },
  HPE: { says: 'the server does not speak HTTP over TLS', kind: 'protocol' },
  ERR_SSL: { says: 'the TLS handshake failed', kind: 'protocol' },
}

/** The error codes of Node.js for the reasons of a host that is reached over SSH. */
const codes: Partial<Record<Reason, string>> = {
  refused: 'ECONNREFUSED',
  'no-route': 'EHOSTUNREACH',
  'no-network': 'ENETUNREACH',
  'no-name': 'ENOTFOUND',
  'timed-out': 'ETIMEDOUT',
}

const unknown: ConnectionFailure = { says: 'the connection failed', kind: 'down' }
const refusedSomehow: ConnectionFailure = { says: 'connection refused', kind: 'down' }
const late: ConnectionFailure = { says: 'timed out', kind: 'down' }

const silences = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** True if no server listens; false for a server that is not trusted or not understood, and for unknown errors. */
export function isSilent(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  // With a hint, the host rejects all attempts.
  if (isKadmError(error, 'HOST_CONNECT')) return error.hint === undefined
  return name === 'TimeoutError' || (typeof code === 'string' && silences.has(code))
}

/** Returns why a connection or an exchange failed, from the error of Node.js. */
export function connectionFailure(error: unknown): ConnectionFailure {
  if ((error as { name?: unknown } | null)?.name === 'TimeoutError') return late
  if (!isKadmError(error, 'HOST_CONNECT')) return byCode(error) ?? unknown
  return byCode(error.cause) ?? byCode({ code: error.reason && codes[error.reason] }) ?? refusedSomehow
}

function byCode(error: unknown): ConnectionFailure | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  if (typeof code !== 'string') return undefined
  return failures[code] ?? failures[/^(HPE|ERR_SSL)_/.exec(code)?.[1] ?? '']
}
