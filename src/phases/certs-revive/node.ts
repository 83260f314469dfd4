import { untilNodeReports } from '../node-reports.ts'
import type { Phase } from '../phase.ts'

export const reviveNode: Phase = {
  id: 'certs-revive/node',
  title: 'Wait until the Node is Ready',
  about: 'Waits until the kubelet reports to the API server with its new certificate and its Node is Ready.',
  kubeadm: 'none',
  needs: ['criSocket', 'name'],
  async run(ctx) {
    await untilNodeReports(ctx)
    ctx.report({ kind: 'result', key: 'inUse', value: ctx.node.name })
  },
}
