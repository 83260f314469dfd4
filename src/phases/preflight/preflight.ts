import { controlPlaneImages } from '../../cluster/images.ts'
import { initTraces, judgeEarlierInit, readLeftFiles } from '../../observe/left/earlier-run.ts'
import type { Phase } from '../phase.ts'
import { leftCertificates } from './certificates.ts'
import { etcdData } from './etcd-data.ts'
import { furtherChecks } from './further-checks.ts'
import { pullImages } from './image-pull.ts'
import { initChecks } from './init-checks.ts'
import { furtherPorts } from './ports.ts'
import { runChecks } from './run-checks.ts'

/** Checks the machine of a first control plane, then gets its images. Changes nothing else. */
export const preflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node, host } = ctx
    const traces = initTraces(cluster)
    await runChecks(
      ctx,
      [...initChecks(cluster, node), ...furtherPorts(cluster, node), ...furtherChecks, leftCertificates, etcdData],
      {
        traces,
        read: async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node),
      },
    )
    await pullImages(ctx, controlPlaneImages(cluster.config))
  },
}
