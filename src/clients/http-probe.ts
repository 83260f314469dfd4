import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { HostReader } from '../host/host.ts'

export interface ProbeAnswer {
  readonly status: number
  readonly body: string
}

/** One plain HTTP GET from the machine itself, such as the kubelet's healthz. Throws HOST_CONNECT when nothing listens. */
export async function httpProbe(host: HostReader, url: URL, timeoutMs = 2000): Promise<ProbeAnswer> {
  const signal = AbortSignal.timeout(timeoutMs)
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
