import type { ReportedCertificate } from '../../cluster/certificate-report.ts'
import type { StaticPodComponent } from '../../cluster/components.ts'
import type { TlsServer } from '../../cluster/state.ts'
import type { HostReader } from '../../host/host.ts'
import { readStaticPod } from '../machine/static-pod.ts'
import { reportFiles } from './reported-files.ts'

export type PodServer = Exclude<TlsServer, 'kubelet'>

/** The flags of a static pod for the certificate and the key of a server. */
export const serverFlags: Readonly<Record<PodServer, readonly [StaticPodComponent, certificate: string, key: string]>> =
  {
    'kube-apiserver': ['kube-apiserver', 'tls-cert-file', 'tls-private-key-file'],
    'kube-controller-manager': ['kube-controller-manager', 'tls-cert-file', 'tls-private-key-file'],
    'kube-scheduler': ['kube-scheduler', 'tls-cert-file', 'tls-private-key-file'],
    etcd: ['etcd', 'cert-file', 'key-file'],
    'etcd-peer': ['etcd', 'peer-cert-file', 'peer-key-file'],
  }

/** Which file each server reads its certificate from, and the rows of those files that `known` does not have. */
export async function readServerFiles(
  host: HostReader,
  known: readonly ReportedCertificate[],
  now: Date,
): Promise<{ readonly paths: ReadonlyMap<TlsServer, string>; readonly rows: readonly ReportedCertificate[] }> {
  const servers = Object.entries(serverFlags) as [PodServer, (typeof serverFlags)[PodServer]][]
  const found = await Promise.all(
    servers.map(async ([server, [component, certificateFlag, keyFlag]]) => {
      const flags = (await readStaticPod(host, component))?.flags
      return { server, certificate: flags?.get(certificateFlag) ?? '', key: flags?.get(keyFlag) ?? '' }
    }),
  )
  const named = found.filter(({ certificate }) => certificate !== '')
  const others = named.filter(({ certificate }) => !known.some(({ from }) => from === certificate))
  const rows = await Promise.all(
    others.map(({ server, certificate, key }) =>
      reportFiles(host, { name: `${server}-server`, certificate, key, now }),
    ),
  )
  return {
    paths: new Map(named.map(({ server, certificate }) => [server, certificate])),
    rows: rows.filter(row => row !== undefined),
  }
}
