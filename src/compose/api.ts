import { kubeClient } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readAccess } from '../observe/pki/access.ts'
import { missingKubeconfig, readKubeconfig } from '../observe/pki/admin-conf.ts'

export interface OpenedApi {
  readonly kube: Kube
  /** The URL in the kubeconfig. */
  readonly server: string
  readonly caPem?: string
}

interface ApiOptions {
  readonly dryRun?: boolean
  /** For one request. */
  readonly timeoutMs?: number
  /** Another server than that of the kubeconfig. */
  readonly serverOverride?: string
}

/**
 * Opens the API of the cluster that a kubeconfig on a host names, as reached from that host. With `dryRun` the server
 * validates each write without storing it. Throws KUBECONFIG_INVALID.
 */
export async function openApi(
  host: HostReader,
  path: string,
  { dryRun = false, timeoutMs, serverOverride }: ApiOptions = {},
): Promise<OpenedApi> {
  const kubeconfig = await readKubeconfig(host, path)
  const access = await readAccess(host, kubeconfig)
  if (access.clientCertPem === undefined && access.token === undefined) {
    throw new KadmError('KUBECONFIG_INVALID', `${path} has neither a certificate nor a token for its user`, {
      hint: 'use another file with --kubeconfig: credentials from a plugin (exec) or a password are not supported',
    })
  }
  const { server, caPem } = access
  const { insecure } = kubeconfig
  const kube = kubeClient({
    ...{ host, kubeconfig: access, insecure, dryRun, userAgent: `kadm/${kadmVersion}` },
    ...given({ timeoutMs, serverOverride }),
  })
  return { kube, server, ...given({ caPem }) }
}

/** Opens the API with the kubeconfig of the first host that has one. Throws KUBECONFIG_INVALID. */
export async function openFirst<H extends HostReader>(
  hosts: readonly H[],
  path: string,
): Promise<OpenedApi & { readonly host: H }> {
  const stats = await Promise.all(hosts.map(host => host.stat(path)))
  const host = hosts.find((_, i) => stats[i] !== undefined)
  if (host !== undefined) return { ...(await openApi(host, path)), host }
  throw missingKubeconfig({ name: hosts.map(({ name }) => name).join(', ') }, path)
}
