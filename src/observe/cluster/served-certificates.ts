import { readServedPem } from '../../clients/https/served-certificate.ts'
import { etcdPorts, kubeletPorts, kubernetesComponents } from '../../cluster/components.ts'
import type { ServedCertificate, TlsServer, Unanswered } from '../../cluster/state.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { componentUrl } from '../machine/component-url.ts'
import { isLoopbackUrl, readStaticPod, type StaticPod } from '../machine/static-pod.ts'
import { certificateState } from '../pki/certificates-on-disk.ts'

export interface FoundServed {
  readonly served: readonly ServedCertificate[]
  /** Servers that presented no certificate. */
  readonly unanswered: readonly Unanswered[]
}

/** Reads the certificates of the servers of a control plane in parallel, with connections from the host itself. */
export async function readServedCertificates(
  host: HostReader,
  wanted: (server: TlsServer) => boolean = () => true,
): Promise<FoundServed> {
  const servers = (await serversOf(host)).filter(([server]) => wanted(server))
  const asked = await Promise.all(servers.map(([server, endpoint]) => ask(host, server, endpoint)))
  return {
    served: asked.filter(one => 'serial' in one),
    unanswered: asked.filter(one => 'part' in one),
  }
}

async function ask(host: HostReader, server: TlsServer, endpoint: string): Promise<ServedCertificate | Unanswered> {
  try {
    const certificate = parseCertificate(await readServedPem(host, new URL(endpoint)))
    return { host: host.name, server, endpoint, ...certificateState(certificate) }
  } catch (error) {
    if (!isAnswer(error)) throw error
    return { part: 'served', server, from: endpoint, error }
  }
}

/** Returns the servers in the manifests of the static pods, and the kubelet on its default port. */
export async function serversOf(host: HostReader): Promise<readonly (readonly [TlsServer, string])[]> {
  const [etcd, ...pods] = await Promise.all(
    (['etcd', ...kubernetesComponents] as const).map(name => readStaticPod(host, name)),
  )
  return [
    ...kubernetesComponents.flatMap((name, i) => {
      const pod = pods[i]
      return pod === undefined ? [] : [[name, componentUrl(pod, name)] as const]
    }),
    ...urlsOf(etcd, 'listen-client-urls').map(url => ['etcd', url] as const),
    ...urlsOf(etcd, 'listen-peer-urls').map(url => ['etcd-peer', url] as const),
    ['kubelet', `https://127.0.0.1:${kubeletPorts.api}`],
  ]
}

/** Returns the URL of the etcd on the host: etcd of an IPv6 cluster listens on another loopback address. */
export async function etcdServerOf(host: HostReader): Promise<string> {
  const [url] = urlsOf(await readStaticPod(host, 'etcd'), 'listen-client-urls')
  return url ?? `https://127.0.0.1:${etcdPorts.client}`
}

/** Returns the loopback URL if there is one. All URLs present the same certificate. */
function urlsOf(etcd: StaticPod | undefined, flag: string): readonly string[] {
  const urls = (etcd?.flags.get(flag) ?? '').split(',').filter(url => URL.canParse(url) && url.startsWith('https:'))
  return [urls.find(isLoopbackUrl) ?? urls[0]].filter(url => url !== undefined)
}
