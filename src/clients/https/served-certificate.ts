import { TLSSocket } from 'node:tls'
import { endsRun, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { connectionFailure } from './connection-failure.ts'
import { dialer } from './dial.ts'

/**
 * Returns the certificate that the server at an https URL presents, in PEM, without verifying it. Throws HOST_CONNECT if
 * there is no server or no handshake.
 */
export async function readServedPem(host: HostReader, url: URL, timeoutMs = 2000): Promise<string> {
  const dial = dialer({ host, url, access: {}, insecure: true })
  try {
    const socket = await dial(AbortSignal.timeout(timeoutMs))
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    socket.destroy()
    if (certificate !== undefined) return certificate.toString()
  } catch (cause) {
    if (endsRun(cause)) throw cause
    const message = `${url.origin} presents no certificate to ${host.name}: ${connectionFailure(cause).says}`
    throw new KadmError('HOST_CONNECT', message, { hint: 'check that the server is running', cause })
  }
  throw new KadmError('INTERNAL', `${url.origin} has finished a TLS handshake without a certificate`)
}
