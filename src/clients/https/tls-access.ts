import type { Secret } from '../../cluster/secret.ts'

/** The trusted CAs and the client credentials of a TLS connection. */
export interface TlsAccess {
  /** CA certificates that verify the server; default: those of the operating system. */
  readonly caPem?: string
  /** Name to verify the server's certificate against instead of the host of its URL. */
  readonly tlsServerName?: string
  readonly clientCertPem?: string
  readonly clientKeyPem?: Secret
}
