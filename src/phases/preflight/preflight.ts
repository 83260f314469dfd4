import { controlPlaneImages } from '../../cluster/images.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { initTraces, judgeEarlierInit, readLeftFiles } from '../../observe/earlier-run.ts'
import { certificateFaults } from '../../observe/left-certificates.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { furtherChecks } from './further-checks.ts'
import { pullImages } from './image-pull.ts'
import { initChecks } from './init-checks.ts'
import { runChecks } from './run-checks.ts'

/** Checks the machine of a first control plane, then gets its images. Changes nothing else. */
export const preflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node, host } = ctx
    const traces = initTraces(cluster)
    await runChecks(ctx, [...initChecks(cluster, node), ...furtherChecks], {
      traces,
      read: async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node),
    })
    await checkCertificates(ctx)
    await pullImages(ctx, controlPlaneImages(cluster.config))
  },
}

async function checkCertificates({ cluster, node, host, session }: PhaseContext): Promise<void> {
  const problems = await certificateFaults(host, cluster, node, session.startedAt)
  if (problems.length === 0) return
  throw new KadmError('CERT_INVALID', 'certificates that are on the machine cannot be used', { problems })
}
