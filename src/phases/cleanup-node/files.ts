import { staticPodComponents } from '../../cluster/components.ts'
import { kubeconfigFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { emptyDir, removeFiles } from '../../ops/empty-dir.ts'
import { leftTemporaries, removeCertificates } from '../../ops/reset-files.ts'
import type { Note, PhaseContext } from '../phase.ts'

/** Run logs of kadm on the host. */
const ownRecords = '/var/lib/kadm'

/**
 * Removes certificates, kubeconfigs and, last, the manifests: an interrupted run can still read from them what this
 * host was.
 */
export async function removeFilesOfNode(ctx: PhaseContext<ResetRequest>): Promise<void> {
  const { host, cluster, request, report } = ctx
  const { gone } = await removeCertificates(host, cluster.config.certificatesDir)
  if (gone.length > 0) report(foreign(gone))
  if (request.cleanupTmpDir) await emptyDir(host, `${paths.kubernetesDir}/tmp`)
  const requests = kubeconfigFiles.map(path => `${path}.csr`)
  await removeFiles(host, [...kubeconfigFiles, ...requests, ...(await leftTemporaries(host)), ownRecords])
  await removeManifests(ctx)
}

/** As in kubeadm, this also removes static pods of other owners. */
async function removeManifests({ host, report }: PhaseContext): Promise<void> {
  const own = staticPodComponents.map(paths.manifest)
  const names = (await host.list(paths.manifestsDir)).filter(name => !name.startsWith('.'))
  const others = names.map(name => `${paths.manifestsDir}/${name}`).filter(path => !own.includes(path))
  if (others.length > 0) report(foreign(others))
  await emptyDir(host, paths.manifestsDir)
}

function foreign(paths: readonly string[]): Note {
  return { kind: 'warning', text: `removed, but not written by kubeadm or kadm: ${paths.join(', ')}` }
}
