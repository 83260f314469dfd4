import type { Secret } from '../../cluster/secret.ts'

/** Whom to trust and who to be on a TLS connection. */
export interface TlsAccess {
  /** CA certificates to verify the server with; without them, those of the operating system. */
  readonly caPem?: string
  /** Name to verify the server's certificate against instead of the host of its URL. */
  readonly tlsServerName?: string
  readonly clientCertPem?: string
  readonly clientKeyPem?: Secret
}
