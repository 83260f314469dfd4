import type { KubeAccess } from '../../clients/kube/access.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import { dataOf } from '../../cluster/kube-object.ts'
import type { Secret } from '../../cluster/secret.ts'
import type { Until } from '../../cluster/until.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { decodeKubeconfig, type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { readAccess } from '../pki/access.ts'
import { withAbsolutePaths } from '../pki/admin-conf.ts'
import { type ReportProgress, reportedWait } from './cluster-wait.ts'

export interface FileDiscovery {
  readonly host: HostReader
  /** A path on the joining node, or an https URL. */
  readonly path: string
  /** Replaces the credentials of the file. */
  readonly token?: Secret
  readonly connect: (access: KubeAccess) => Kube
  readonly until: Until
  readonly report: ReportProgress
  readonly timeoutMs: number
}

/** The content of a discovery file with resolved references. */
export interface FoundByFile {
  readonly kubeconfig: Kubeconfig
  readonly access: KubeAccess & { readonly caPem: string }
}

/**
 * File discovery as in kubeadm: trusts the file, reads cluster-info to check that the server answers, and takes the CA
 * from there if the file has none. Throws DISCOVERY_FAILED with the reason.
 */
export async function discoverByFile(input: FileDiscovery): Promise<FoundByFile> {
  const { kubeconfig, access } = await readDiscoveryFile(input)
  const info = await readClusterInfo(input, access)
  const caPem = access.caPem ?? info
  if (caPem === undefined)
    throw failed(`could not get a CA certificate from ${input.path}`, 'put certificate-authority-data into the file')
  return { kubeconfig, access: { ...access, caPem } }
}

/** Reads only the file. Throws DISCOVERY_FAILED if it does not exist or contains no credentials. */
export async function readDiscoveryFile(
  input: Pick<FileDiscovery, 'host' | 'path' | 'token' | 'connect'>,
): Promise<{ readonly kubeconfig: Kubeconfig; readonly access: KubeAccess }> {
  const parsed = parseKubeconfig(await load(input), input.path)
  const kubeconfig = isUrl(input.path) ? selfContained(input.path, parsed) : withAbsolutePaths(input.path, parsed)
  const own = await readAccess(input.host, kubeconfig)
  const access: KubeAccess = input.token === undefined ? own : tokenOnly(own, input.token)
  if (access.token === undefined && access.clientCertPem === undefined) {
    throw failed(
      `${input.path} holds no credentials for the TLS bootstrap of the kubelet`,
      'give a token with --tls-bootstrap-token',
    )
  }
  return { kubeconfig, access }
}

function tokenOnly({ server, caPem, tlsServerName }: KubeAccess, token: Secret): KubeAccess {
  return {
    server,
    token,
    ...given({ caPem, tlsServerName }),
  }
}

async function load({ host, path, connect }: Pick<FileDiscovery, 'host' | 'path' | 'connect'>): Promise<string> {
  if (!isUrl(path)) {
    const bytes = await host.readFile(path)
    if (bytes !== undefined) return decodeKubeconfig(bytes, path)
    throw failed(`the discovery file ${path} does not exist on ${host.name}`, 'copy it to the joining node')
  }
  const url = new URL(path)
  const server = connect({ server: url.origin })
  try {
    const { status, body } = await server.probe(`${url.pathname}${url.search}`)
    if (status === 200) return body
    throw failed(`${path} answered with status ${status}`, 'the URL must give a kubeconfig')
  } finally {
    server.close()
  }
}

function isUrl(path: string): boolean {
  return path.startsWith('https://')
}

/** Relative paths have no meaning in a file from the network. */
function selfContained(url: string, kubeconfig: Kubeconfig): Kubeconfig {
  const { caFile, clientCertFile, clientKeyFile, tokenFile } = kubeconfig
  const relative = [caFile, clientCertFile, clientKeyFile, tokenFile].find(file => file?.startsWith('/') === false)
  if (relative === undefined) return kubeconfig
  const hint = 'use absolute paths on the joining host, or embed the data (certificate-authority-data)'
  throw failed(`${url} names the file ${relative}, which is not an absolute path`, hint)
}

/** Returns the CA in cluster-info; undefined if this identity is not allowed to read it, which is not an error. */
async function readClusterInfo(
  { connect, until, report, timeoutMs }: FileDiscovery,
  access: KubeAccess,
): Promise<string | undefined> {
  const kube = connect(access)
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-public', name: 'cluster-info' }
  try {
    const what = `reading cluster-info from ${access.server}`
    const found = await until(
      what,
      reportedWait(what, report, () =>
        kube.get(ref).catch(error => {
          if (isKadmError(error) && error.status === 403) return { data: undefined }
          throw error
        }),
      ),
      { timeoutMs, field: 'discovery', intervalMs: 1000, assume: { data: undefined } },
    )
    const text = dataOf(found).kubeconfig
    return text === undefined ? undefined : parseKubeconfig(text).caPem
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    throw failed(
      `cannot find the cluster at ${access.server}: ${error.message}`,
      'check that this node can reach the API server',
      error,
    )
  } finally {
    kube.close()
  }
}

function failed(message: string, hint: string, cause?: KadmError): KadmError {
  return new KadmError('DISCOVERY_FAILED', message, { hint, cause })
}
