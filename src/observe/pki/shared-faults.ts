import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { type KubeconfigName, pairOf } from '../../cluster/node-files.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { certsOf } from '../../pki/cert-table.ts'
import { parseCertificates } from '../../pki/certificate.ts'
import { sameMaterial } from '../../pki/shared-files.ts'
import { readText } from '../machine/read-text.ts'
import { readCertificatesOnDisk } from './certificates-on-disk.ts'
import { certificateFaults } from './left-certificates.ts'
import type { SharedFiles } from './shared-files.ts'

/** The kubeconfigs of a joining control plane that its CA signs; the kubelet requests its own. */
const kubeconfigs: readonly KubeconfigName[] = ['admin.conf', 'controller-manager.conf', 'scheduler.conf']

/**
 * Returns all conflicts of a joining control plane's files with the shared ones before anything is written: shared
 * files with other content on the host, and certificates that do not match them. kubeadm overwrites the former and
 * finds the latter one at a time.
 */
export async function sharedFaults(
  host: HostReader,
  files: SharedFiles,
  {
    cluster,
    node,
    ca,
    now,
  }: { readonly cluster: Cluster; readonly node: ControlPlaneNode; readonly ca: string; readonly now: Date },
): Promise<readonly Problem[]> {
  const foreign = caFault(files.get(pairOf(cluster.config.certificatesDir, 'ca').certificate), ca)
  if (foreign !== undefined) return [foreign]
  const differing = await Promise.all([...files].map(([path, wanted]) => difference(host, path, wanted)))
  const overlaid = {
    ...host,
    async readFile(path: string) {
      const content = files.get(path)
      return content === undefined ? host.readFile(path) : Buffer.from(content)
    },
  }
  const broken = await certificateFaults(overlaid, cluster, node, now, { names: kubeconfigs })
  return [...differing.flat(), ...broken, ...(await misfits(host, cluster, node))]
}

/**
 * Returns server certificates for another node's address, as after copying a whole directory. Text that is not a
 * certificate was already reported.
 */
async function misfits(host: HostReader, cluster: Cluster, node: ControlPlaneNode): Promise<readonly Problem[]> {
  const servers = certsOf(cluster).filter(({ usages }) => usages.includes('serverAuth'))
  const { onDisk } = await readCertificatesOnDisk(host, cluster, servers)
  return onDisk.flatMap(({ path, keyPath, sans: { ips } }) => {
    if (ips.includes(node.advertiseAddress)) return []
    const message = `is not valid for ${node.advertiseAddress}, the address of this node, but for ${ips.join(', ') || 'none'}`
    return [{ field: path, message, remedy: `remove it and ${keyPath} to create both for this node` }]
  })
}

/** The CA must be one of those that discovery verified. */
function caFault(shared: string | undefined, ca: string): Problem | undefined {
  if (shared === undefined) return undefined
  const known = parseCertificates(ca).map(({ pem }) => pem)
  if (known.includes(parseCertificates(shared)[0].pem)) return undefined
  return {
    field: 'ca.crt',
    message: 'the shared CA certificate is not that of the cluster that was discovered',
    remedy: 'upload the certificates again on a control plane of this cluster, or name one with --from',
  }
}

async function difference(host: HostReader, path: string, wanted: string): Promise<readonly Problem[]> {
  const found = await readText(host, path)
  if (found === undefined) return []
  const remedy = `if nothing on this host needs it, remove ${path}: kadm then copies it from the cluster`
  try {
    return sameMaterial(found, wanted, path)
      ? []
      : [{ field: path, message: "is there already and is not the cluster's", remedy }]
  } catch (error) {
    if (!isKadmError(error)) throw error
    return [{ field: path, message: error.message, remedy }]
  }
}
