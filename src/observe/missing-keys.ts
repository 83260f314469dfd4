import type { Cluster } from '../cluster/cluster.ts'
import type { HostReader } from '../host/host.ts'
import { certPaths, certsOf, serviceAccountPaths } from '../pki/cert-table.ts'
import { kubeconfigTable } from '../pki/kubeconfig-table.ts'

/** What starts the kubelet, etcd and the API server; the rest is made while they come up. */
const first = [
  'ca',
  'etcd-ca',
  'kubelet.conf',
  'etcd-server',
  'etcd-peer',
  'front-proxy-ca',
  'apiserver',
  'apiserver-kubelet-client',
  'front-proxy-client',
  'apiserver-etcd-client',
  'sa',
  'controller-manager.conf',
]

/**
 * Names of the keys that the given phases will have to make, in the order in which they are needed: those whose files
 * are not on the machine. Making them is begun while preflight still runs.
 */
export async function missingKeys(
  host: HostReader,
  cluster: Cluster,
  phases: readonly string[],
): Promise<readonly string[]> {
  const files = [
    ...certsOf(cluster).map(spec => ({
      name: spec.name as string,
      phase: `certs/${spec.name}`,
      path: certPaths(cluster, spec).key,
    })),
    { name: 'sa', phase: 'certs/sa', path: serviceAccountPaths(cluster).key },
    ...kubeconfigTable.map(({ name }) => ({
      name: name as string,
      phase: `kubeconfig/${name.replace(/\.conf$/, '')}`,
      path: `${cluster.run.kubeconfigDir}/${name}`,
    })),
  ].filter(({ phase }) => phases.includes(phase))
  const { certificatesDir } = cluster.config
  const listed = await Promise.all(
    [certificatesDir, `${certificatesDir}/etcd`, cluster.run.kubeconfigDir].map(async dir =>
      (await host.list(dir)).map(name => `${dir}/${name}`),
    ),
  )
  const there = new Set(listed.flat())
  const missing = files.filter(({ path }) => !there.has(path)).map(({ name }) => name)
  return [...first.filter(name => missing.includes(name)), ...missing.filter(name => !first.includes(name))]
}
