/** A block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly label: string
  readonly der: Buffer
  /** The text of the block, ending with a newline. */
  readonly text: string
}

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]*?)-----END \1-----/g

/** Encodes DER as PEM in lines of 64 characters, ending with a newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** Returns all blocks of a text in order. Text between them, and blocks with headers (encrypted keys), are left out. */
export function decodePem(text: string): readonly PemBlock[] {
  return [...text.matchAll(blockPattern)].map(([whole, label = '', body = '']) => ({
    label,
    der: Buffer.from(body, 'base64'),
    text: `${whole}\n`,
  }))
}
