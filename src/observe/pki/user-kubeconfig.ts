import type { KeyObject } from 'node:crypto'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Secret } from '../../cluster/secret.ts'
import type { HostReader } from '../../host/host.ts'
import { issueClient } from '../../pki/issue-from-table.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { renderKubeconfig } from '../../render/kubeconfig.ts'
import { readText } from '../machine/read-text.ts'
import { readCaPair, readIssuer } from './issuer.ts'

/** The name of a cluster and the address of its API. */
export interface ClusterAddress {
  readonly clusterName: string
  /** `https://10.0.0.1:6443` */
  readonly server: string
}

/** Returns the cluster of a host's admin.conf; undefined without the file. */
export async function readClusterAddress(host: HostReader): Promise<ClusterAddress | undefined> {
  const path = '/etc/kubernetes/admin.conf'
  const text = await readText(host, path)
  if (text === undefined) return undefined
  const { clusterName, server } = parseKubeconfig(text, path)
  return { clusterName, server }
}

export interface UserRequest extends ClusterAddress {
  readonly clientName: string
  /** In the order of the certificate. */
  readonly organizations: readonly string[]
  /** Replaces the certificate. */
  readonly token?: Secret
  readonly key: () => Promise<KeyObject>
  readonly startedAt: Date
  readonly validityMs: number
}

/** Creates a kubeconfig for another user, signed by the CA on the host. Throws CERT_INVALID if the CA cannot sign. */
export async function makeUserKubeconfig(
  host: HostReader,
  cluster: Pick<Cluster, 'config'>,
  user: UserRequest,
): Promise<Secret> {
  const { clusterName, server, clientName, organizations, token, startedAt, validityMs } = user
  const [ca] = (await readCaPair(host, cluster, 'ca')).certificates
  const common = { clusterName, server, caPem: ca.pem, user: clientName }
  if (token !== undefined) return renderKubeconfig({ ...common, token })
  const [issuer, key] = await Promise.all([
    readIssuer(host, cluster, 'ca', `the certificate of ${clientName}`),
    user.key(),
  ])
  const subject = { commonName: clientName, organizations }
  const certificate = issueClient({ subject, key, issuer, startedAt, validityMs })
  return renderKubeconfig({ ...common, clientCertPem: certificate.pem, clientKeyPem: privateKeyPem(key) })
}
