import { controlPlaneImages } from '../../cluster/images.ts'
import { initTraces, judgeEarlierInit } from '../../observe/left/earlier-run.ts'
import { readLeftFiles } from '../../observe/left/left-files.ts'
import type { ControlPlanePhase } from '../phase.ts'
import { pullMissingImages } from './image-pull.ts'
import { runChecks } from './run-checks.ts'
import { checksOf } from './table.ts'

/** Checks the host of a first control plane, then pulls its images. Makes no other changes. */
export const preflight: ControlPlanePhase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  about: 'Runs all checks of the host in parallel, reports all errors at once, and pulls the images.',
  flags: ['cri-socket', 'ignore-preflight-errors', 'image-repository'],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  role: 'control-plane',
  async run(ctx) {
    const { cluster, node, host, request } = ctx
    const { caCertPath } = request
    const traces = initTraces(cluster)
    await runChecks(ctx, checksOf({ by: 'init', cluster, node, caCertPath, filesCome: false, alone: false }), {
      traces,
      read: async () => judgeEarlierInit(await readLeftFiles(host, traces), cluster, node),
    })
    await pullMissingImages(ctx, controlPlaneImages(cluster.config))
  },
}
