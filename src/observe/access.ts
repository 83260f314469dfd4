import type { KubeAccess } from '../clients/kube/access.ts'
import { secret } from '../cluster/secret.ts'
import type { HostReader } from '../host/host.ts'
import type { Kubeconfig } from '../pki/kubeconfig.ts'
import { readText } from './read-text.ts'

/** The credentials of a kubeconfig; files that it refers to are read on the machine that holds it. */
export async function readAccess(host: HostReader, kubeconfig: Kubeconfig): Promise<KubeAccess> {
  const read = async (path: string | undefined) => (path === undefined ? undefined : readText(host, path))
  const [ca, certificate, key, token] = await Promise.all([
    kubeconfig.caPem ?? read(kubeconfig.caFile),
    kubeconfig.clientCertPem ?? read(kubeconfig.clientCertFile),
    kubeconfig.clientKeyPem?.reveal() ?? read(kubeconfig.clientKeyFile),
    kubeconfig.token?.reveal() ?? read(kubeconfig.tokenFile),
  ])
  return {
    server: kubeconfig.server,
    ...(ca === undefined ? {} : { caPem: ca }),
    ...(kubeconfig.tlsServerName === undefined ? {} : { tlsServerName: kubeconfig.tlsServerName }),
    ...(certificate === undefined ? {} : { clientCertPem: certificate }),
    ...(key === undefined ? {} : { clientKeyPem: secret(key) }),
    ...(token === undefined ? {} : { token: secret(token.trim()) }),
  }
}
