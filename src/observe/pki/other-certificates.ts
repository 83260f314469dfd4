import { dirname } from 'node:path/posix'
import type { ReportedCertificate } from '../../cluster/certificate-report.ts'
import { isMap } from '../../cluster/json.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { readText } from '../machine/read-text.ts'
import { reportFiles } from './reported-files.ts'
import { attempt, reportKubeconfig } from './reported-kubeconfig.ts'

const kubeletConf = `${paths.kubernetesDir}/kubelet.conf`
/** The file of the operator, in addition to those of /etc/kubernetes. */
const homeConfig = '/root/.kube/config'

interface Scope {
  /** The certificates of the cluster CA; none if its file is not on the host. */
  readonly cas: readonly Certificate[]
  readonly now: Date
}

/**
 * Reads the certificates that kubeadm does not list: those of the kubelet, and those of the other kubeconfigs. A file
 * that does not exist is left out.
 */
export async function readOtherCertificates(host: HostReader, scope: Scope): Promise<readonly ReportedCertificate[]> {
  const [names, kubelet] = await Promise.all([host.list(paths.kubernetesDir), readKubelet(host, scope)])
  const managed = kubeconfigTable.filter(({ renewable }) => renewable).map(({ name }): string => name)
  const others = names.filter(name => /\.(conf|kubeconfig)$/.test(name) && !managed.includes(name))
  const files = [
    ...others
      .map(name => ({ name, path: `${paths.kubernetesDir}/${name}` }))
      .filter(({ path }) => path !== kubeletConf && path !== paths.bootstrapKubeconfig),
    { name: homeConfig, path: homeConfig },
  ]
  const common = { ...scope, caName: 'ca', externallyManaged: false }
  const kubeconfigs = await Promise.all(files.map(file => reportKubeconfig(host, { ...file, ...common })))
  return [...kubelet, ...kubeconfigs.filter(({ missing, notAfter }) => !missing && notAfter !== undefined)]
}

async function readKubelet(host: HostReader, scope: Scope): Promise<readonly ReportedCertificate[]> {
  const conf = await readText(host, kubeletConf)
  const current = conf === undefined ? undefined : attempt(() => parseKubeconfig(conf, kubeletConf)).value
  const client = current?.clientCertFile
  const dir = client?.startsWith('/') === true ? dirname(client) : paths.kubeletPkiDir
  const [own, serving] = await Promise.all([
    current === undefined ? undefined : readClient(host, client, scope),
    readServing(host, dir, scope),
  ])
  return [...(own === undefined ? [] : [own]), ...(serving === undefined ? [] : [serving])]
}

/** Reads the file that kubelet.conf names, or the certificate in kubelet.conf itself. */
async function readClient(
  host: HostReader,
  file: string | undefined,
  { cas, now }: Scope,
): Promise<ReportedCertificate | undefined> {
  const name = 'kubelet-client'
  const row = await reportKubeconfig(host, {
    ...{ name, path: kubeletConf, cas, now },
    ...{ caName: 'ca', externallyManaged: false },
  })
  return { ...row, from: file ?? kubeletConf }
}

/** Reads the certificate that the kubelet serves: of its configuration, of a signing request, or self-signed. */
async function readServing(
  host: HostReader,
  dir: string,
  { cas, now }: Scope,
): Promise<ReportedCertificate | undefined> {
  const requested = `${dir}/kubelet-server-current.pem`
  const [configured, signed] = await Promise.all([servingFiles(host), host.stat(requested)])
  const named = { name: 'kubelet-server', now }
  if (configured !== undefined) return reportFiles(host, { ...named, ...configured })
  if (signed === undefined) {
    return reportFiles(host, { ...named, certificate: `${dir}/kubelet.crt`, key: `${dir}/kubelet.key` })
  }
  return reportFiles(host, { ...named, certificate: requested, key: requested, cas })
}

/** Returns the files that the kubelet's configuration sets for its server. */
async function servingFiles(host: HostReader): Promise<{ certificate: string; key: string } | undefined> {
  const read = readYaml((await readText(host, paths.kubeletConfig)) ?? '')
  const fields = isTextFault(read) || !isMap(read.value) ? {} : read.value
  const { tlsCertFile, tlsPrivateKeyFile } = fields
  if (typeof tlsCertFile !== 'string' || tlsCertFile === '') return undefined
  return { certificate: tlsCertFile, key: typeof tlsPrivateKeyFile === 'string' ? tlsPrivateKeyFile : '' }
}
