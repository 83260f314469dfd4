import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { wireReader, wireString } from './wire.ts'

const [disconnect, kexInit, exchangeInit, exchangeReply] = [1, 20, 30, 31] as const

/**
 * Requests the host certificate of a server, as `ssh-keyscan -c` does: the first half of a key exchange, in which the
 * server sends its key. This proves nothing and sends nothing over the connection: the certificate is signed, and the
 * next connection proves that the server has its private key. Undefined if the server has none of these types.
 */
export async function fetchHostCertificate(stream: Duplex, types: readonly string[]): Promise<Uint8Array | undefined> {
  const packets = readPackets(stream)
  stream.write('SSH-2.0-kadm\r\n')
  stream.write(packet(ourKexInit(types)))
  try {
    for await (const payload of packets) {
      const reader = wireReader(payload.subarray(1))
      if (payload[0] === kexInit) {
        const { exchange, hasCertificate } = chosen(payload, types)
        if (exchange === undefined || !hasCertificate) return undefined
        stream.write(packet(Buffer.concat([Buffer.of(exchangeInit), wireString(exchange())])))
      }
      if (payload[0] === exchangeReply) return new Uint8Array(reader.string())
      if (payload[0] === disconnect) return undefined
    }
    return undefined
  } finally {
    stream.destroy()
  }
}

/** A public value for each offered key exchange; the result is never used. */
const exchanges: Readonly<Record<string, () => Uint8Array>> = {
  'curve25519-sha256': x25519,
  'curve25519-sha256@libssh.org': x25519,
  'ecdh-sha2-nistp256': () => createECDH('prime256v1').generateKeys(),
  'ecdh-sha2-nistp384': () => createECDH('secp384r1').generateKeys(),
  'ecdh-sha2-nistp521': () => createECDH('secp521r1').generateKeys(),
}

function x25519(): Uint8Array {
  const { x = '' } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  return Buffer.from(x, 'base64url')
}

const ciphers = 'aes128-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com'
const macs = 'hmac-sha2-256,hmac-sha2-512,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com'

/** RFC 4253, 7.1. */
function ourKexInit(types: readonly string[]): Buffer {
  const lists = [
    Object.keys(exchanges).join(','),
    types.join(','),
    ciphers,
    ciphers,
    macs,
    macs,
    'none',
    'none',
    '',
    '',
  ]
  const [noGuess, reserved] = [Buffer.of(0), Buffer.alloc(4)]
  return Buffer.concat([Buffer.of(kexInit), randomBytes(16), ...lists.map(wireString), noGuess, reserved])
}

function chosen(payload: Buffer, types: readonly string[]) {
  const reader = wireReader(payload.subarray(17))
  const [theirExchanges, theirTypes] = [reader.text().split(','), reader.text().split(',')]
  const name = Object.keys(exchanges).find(one => theirExchanges.includes(one))
  return {
    exchange: name === undefined ? undefined : exchanges[name],
    hasCertificate: types.some(type => theirTypes.includes(type)),
  }
}

/** RFC 4253, 6, before encryption: lengths, payload, padding to a multiple of eight bytes. */
function packet(payload: Uint8Array): Buffer {
  const padding = 11 - (payload.length % 8)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + payload.length + padding)
  head[4] = padding
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

/** No packet before encryption is nearly as long. */
const maxLength = 262_144

/** Returns payloads after the server's version line; lines before it are skipped (RFC 4253, 4.2). */
async function* readPackets(stream: Duplex): AsyncGenerator<Buffer> {
  let bytes = Buffer.alloc(0)
  let greeted = false
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk as Uint8Array])
    for (let end = bytes.indexOf('\n'); !greeted && end !== -1; end = bytes.indexOf('\n')) {
      greeted = bytes.toString('latin1', 0, 4) === 'SSH-'
      bytes = bytes.subarray(end + 1)
    }
    while (greeted && bytes.length >= 5 && bytes.length >= 4 + bytes.readUInt32BE()) {
      const length = bytes.readUInt32BE()
      yield bytes.subarray(5, 4 + length - (bytes[4] ?? 0))
      bytes = bytes.subarray(4 + length)
    }
    if (bytes.length > maxLength) return
  }
}
