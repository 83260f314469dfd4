import { createServer } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { type StaticPodComponent, staticPodComponents } from '../../src/cluster/components.ts'
import type { HostReader } from '../../src/host/host.ts'
import { readText } from '../../src/observe/machine/read-text.ts'
import { readStaticPod } from '../../src/observe/machine/static-pod.ts'

/** The near end of a stream to a service that answers 200 to everything, and its version as etcd does. */
export function answerHealthy(): Duplex {
  const [near, far] = duplexPair()
  createServer((_, response) => response.end('{"etcdserver":"3.6.8"}')).emit('connection', far)
  return near
}

const ports: Readonly<Record<number, readonly [StaticPodComponent, certificate: string, key: string]>> = {
  6443: ['kube-apiserver', 'tls-cert-file', 'tls-private-key-file'],
  2379: ['etcd', 'cert-file', 'key-file'],
  2380: ['etcd', 'peer-cert-file', 'peer-key-file'],
}

/** True for a port of a server that presents the certificate in its file. */
export function hasCertificate(port: number): boolean {
  return ports[port] !== undefined
}

/** The near end of a stream to a server of a static pod, which reads its certificate from its file at every handshake. */
export function answerTls(host: HostReader, port: number): Duplex {
  const [near, far] = duplexPair()
  const serve = async () => {
    const [component, certificate, key] = ports[port] ?? [staticPodComponents[0], '', '']
    const flags = (await readStaticPod(host, component))?.flags
    const read = (flag: string) => readText(host, flags?.get(flag) ?? '/none')
    const [cert = '', keyPem = ''] = await Promise.all([read(certificate), read(key)])
    new TLSSocket(far, { isServer: true, cert, key: keyPem }).on('error', () => near.destroy())
  }
  serve().catch(error => near.destroy(error))
  return near
}
