import { staticPodComponents } from '../../cluster/components.ts'
import { pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { certTable } from '../../pki/cert-table.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'

/**
 * Starts to read everything that a check of a control plane or a worker usually reads. Over SSH these reads are one
 * command, while the check itself finds out step by step which files it needs. The reader must remember what it read.
 */
export function readAhead(host: HostReader, certificatesDir: string): void {
  const pairs = certTable.map(({ name }) => pairOf(certificatesDir, name))
  const manifests = staticPodComponents.map(paths.manifest)
  const kubelet = ['kubelet-client-current.pem', 'kubelet.crt', 'kubelet.key'].map(
    name => `${paths.kubeletPkiDir}/${name}`,
  )
  const files = [
    ...pairs.flatMap(({ certificate, key }) => [certificate, key]),
    ...kubeconfigTable.map(({ name }) => `${paths.kubernetesDir}/${name}`),
    ...[...manifests, ...kubelet, paths.kubeletConfig, paths.kubeletInstanceConfig, '/root/.kube/config'],
  ]
  const stats = [
    ...manifests,
    ...(['ca', 'etcd-ca', 'etcd-healthcheck-client'] as const).map(name => pairOf(certificatesDir, name).key),
    ...[`${paths.kubernetesDir}/admin.conf`, `${paths.kubeletPkiDir}/kubelet-server-current.pem`],
  ]
  const reads = [...files.map(host.readFile), ...stats.map(host.stat), host.list(paths.kubernetesDir)]
  // An error is reported where the file is used.
  for (const read of reads) void read.catch(() => {})
}
