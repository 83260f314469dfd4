import type { Cluster } from '../../cluster/cluster.ts'
import { controlPlaneImages } from '../../cluster/images.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { nothingEarlier } from '../../observe/earlier.ts'
import {
  joinControlPlaneTraces,
  joinTraces,
  judgeEarlierControlPlaneJoin,
  judgeEarlierJoin,
  readLeftFiles,
} from '../../observe/earlier-run.ts'
import { readOwnFiles } from '../../observe/shared-files.ts'
import type { Phase } from '../phase.ts'
import { furtherChecks } from './further-checks.ts'
import { pullImages } from './image-pull.ts'
import { joinChecks, joinControlPlaneChecks } from './join-checks.ts'
import { runChecks } from './run-checks.ts'

/** Checks a machine that joins, and gets the images of a control plane. Changes nothing else. */
export const joinPreflight: Phase = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node, host, session, leader } = ctx
    const controls = node.role === 'control-plane'
    const filesCome = cluster.run.certificateKey !== undefined || leader !== undefined
    const traces = controls ? joinControlPlaneTraces(cluster) : joinTraces(cluster)
    const judge = controls ? judgeEarlierControlPlaneJoin : judgeEarlierJoin
    const ca = session.discovered?.ca
    const checks = [
      ...joinChecks(cluster, node, session.discovered),
      ...(controls ? joinControlPlaneChecks(cluster, node, filesCome) : []),
      ...furtherChecks,
    ]
    await runChecks(ctx, checks, {
      traces,
      read: async () =>
        ca === undefined ? nothingEarlier : judge(await readLeftFiles(host, traces), ca, cluster, node),
    })
    if (!controls) return
    requireEndpoint(cluster)
    if (!filesCome) await readOwnFiles(host, cluster.config)
    await pullImages(ctx, controlPlaneImages(cluster.config))
  },
}

/** Nodes know the cluster by one address; without a common one they would all hang on the first control plane. */
function requireEndpoint({ config }: Cluster): void {
  if (config.controlPlaneEndpoint !== undefined) return
  const message =
    "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address"
  throw new KadmError('PREFLIGHT_FAILED', message, {
    hint: 'give the cluster a name or a load balancer: set controlPlaneEndpoint in the ConfigMap kube-system/kubeadm-config, and make the API server certificates valid for it',
  })
}
