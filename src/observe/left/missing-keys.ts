import type { Cluster, Node } from '../../cluster/cluster.ts'
import { type KeyFile, keyFile } from '../../cluster/node-files.ts'
import { keyName } from '../../cluster/session.ts'
import type { HostReader } from '../../host/host.ts'

/** Where the keys of a node are stored. */
export interface KeyPlace {
  readonly cluster: Cluster
  readonly node: Node
  readonly kubeconfigDir: string
}

/** Returns the names of the keys whose files are not on the host, so that kadm can generate them during preflight. */
export async function missingKeys(
  host: HostReader,
  { cluster, node, kubeconfigDir }: KeyPlace,
  wanted: readonly KeyFile[],
): Promise<readonly string[]> {
  if (wanted.length === 0) return []
  const { certificatesDir } = cluster.config
  const listed = await Promise.all(
    [certificatesDir, `${certificatesDir}/etcd`, kubeconfigDir].map(async dir =>
      (await host.list(dir)).map(name => `${dir}/${name}`),
    ),
  )
  const there = new Set(listed.flat())
  return wanted.filter(name => !there.has(keyFile(cluster, { kubeconfigDir }, name))).map(name => keyName(node, name))
}
