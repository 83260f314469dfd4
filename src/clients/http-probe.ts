import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'

export interface ProbeAnswer {
  readonly status: number
  readonly body: string
}

/**
 * Sends one plain HTTP GET from the host itself, such as to the kubelet's healthz. Throws HOST_CONNECT if nothing
 * listens, or if the server does not answer with HTTP: another program may use the port.
 */
export async function httpProbe(host: HostReader, url: URL, timeoutMs = 2000): Promise<ProbeAnswer> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await get(host, url, signal)
  } catch (error) {
    if (isKadmError(error)) throw error
    const why = signal.aborted ? 'timed out' : (error as Error).message
    throw new KadmError('HOST_CONNECT', `${url} on ${host.name} did not return an HTTP response: ${why}`, {
      hint: `find the process that uses the port: \`ss -ltnp 'sport = :${url.port}'\``,
      cause: error,
    })
  }
}

async function get(host: HostReader, url: URL, signal: AbortSignal): Promise<ProbeAnswer> {
  const address = url.hostname.replace(/^\[|\]$/g, '')
  const stream = await host.connect({ host: address, port: Number(url.port || 80) }, { signal })
  try {
    return await new Promise<ProbeAnswer>((resolve, reject) => {
      const sent = request(url, { createConnection: () => stream as never, signal }, answer => {
        text(answer).then(body => resolve({ status: answer.statusCode ?? 0, body }), reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  } finally {
    stream.destroy()
  }
}
