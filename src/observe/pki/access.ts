import type { KubeAccess, KubeconfigOrigin } from '../../clients/kube/access.ts'
import { given } from '../../cluster/given.ts'
import { secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import type { Kubeconfig } from '../../pki/kubeconfig.ts'
import { readText } from '../machine/read-text.ts'

/** Returns the credentials of a kubeconfig. Referenced files are read on its host. Throws KUBECONFIG_INVALID. */
export async function readAccess(
  host: HostReader,
  kubeconfig: Kubeconfig & { readonly origin?: KubeconfigOrigin },
): Promise<KubeAccess> {
  const read = async (path: string | undefined) => {
    const text = path === undefined ? undefined : await readText(host, path)
    if (path === undefined || text !== undefined) return text
    throw new KadmError('KUBECONFIG_INVALID', `the kubeconfig names ${path}, which does not exist on ${host.name}`, {
      hint: 'copy the file there, or embed its content in the kubeconfig (such as certificate-authority-data)',
    })
  }
  const [ca, certificate, key, token] = await Promise.all([
    kubeconfig.caPem ?? read(kubeconfig.caFile),
    kubeconfig.clientCertPem ?? read(kubeconfig.clientCertFile),
    kubeconfig.clientKeyPem?.reveal() ?? read(kubeconfig.clientKeyFile),
    kubeconfig.token?.reveal() ?? read(kubeconfig.tokenFile),
  ])
  return {
    server: kubeconfig.server,
    ...given({ caPem: ca, tlsServerName: kubeconfig.tlsServerName, clientCertPem: certificate }),
    ...(key === undefined ? {} : { clientKeyPem: secret(key) }),
    ...(token === undefined ? {} : { token: secret(token.trim()) }),
    ...given({ origin: kubeconfig.origin }),
  }
}
