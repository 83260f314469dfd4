import type { Role } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import type { HostReader } from '../host/host.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { parseKubeconfig } from '../pki/kubeconfig.ts'
import { kubeletConf, readLeftFiles } from './earlier-run.ts'
import { readStaticPod } from './static-pod.ts'

/** What a machine is in its cluster, as far as the files on it tell. */
export interface LeftNode {
  /** A machine with a static pod of the control plane, a CA's key or admin.conf is, or was about to be, one. */
  readonly role: Role
  /** From the kubelet's credentials. */
  readonly name?: string
  /** From the manifest of its API server. */
  readonly advertiseAddress?: string
}

const signs = [
  paths.manifest('kube-apiserver'),
  paths.manifest('etcd'),
  `${paths.kubernetesDir}/admin.conf`,
  `${paths.kubernetesDir}/super-admin.conf`,
]

/** Reads a machine on which init or join has run, to its end or not. */
export async function readLeftNode(host: HostReader, certificatesDir: string): Promise<LeftNode> {
  const asked = [...signs, `${certificatesDir}/ca.key`].map(path => host.stat(path))
  const [name, apiserver, ...stats] = await Promise.all([
    readNodeName(host),
    readStaticPod(host, 'kube-apiserver'),
    ...asked,
  ])
  const address = apiserver?.flags.get('advertise-address')
  return {
    role: stats.some(stat => stat !== undefined) ? 'control-plane' : 'worker',
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { advertiseAddress: address }),
  }
}

/** `cp1`, from the certificate that the kubelet shows as `system:node:cp1`. */
async function readNodeName(host: HostReader): Promise<string | undefined> {
  const left = await readLeftFiles(host, [kubeletConf])
  try {
    const pem = parseKubeconfig(left.texts.get(kubeletConf) ?? '').clientCertPem ?? left.kubeletCertificate ?? ''
    return /^system:node:(.+)$/.exec(parseCertificate(pem).subject.commonName)?.[1]
  } catch {
    return undefined
  }
}
