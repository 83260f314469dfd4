import { posix } from 'node:path'
import { staticPodComponents } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { realDir } from '../../host/real-dir.ts'
import type { OwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import type { PhaseContext } from '../phase.ts'

/** Reports the files that the control plane wrote into the operator's volumes, such as audit logs. They are kept. */
export async function reportWritten({ host, cluster, report }: PhaseContext, own: OwnEtcd | undefined): Promise<void> {
  const removed = [paths.kubernetesDir, cluster.config.certificatesDir, own?.dataDir, own?.walDir]
  for (const component of staticPodComponents) {
    const pod = await readStaticPod(host, component)
    for (const [volume, path] of pod?.writtenPaths ?? []) {
      const goes = removed.some(dir => dir !== undefined && `${path}/`.startsWith(`${dir}/`))
      if (goes || volume === 'flexvolume-dir' || !(await holdsSomething(host, path))) continue
      report({
        kind: 'result',
        key: 'stays',
        value: `${path}: volume ${volume} of ${component}, which may write to it`,
      })
    }
  }
}

async function holdsSomething(host: PhaseContext['host'], path: string): Promise<boolean> {
  const stat = await host.stat(path)
  if (stat === undefined || stat.kind === 'file') return stat !== undefined
  const dir = await realDir(host, posix.normalize(path))
  return dir !== undefined && (await host.list(dir)).length > 0
}
