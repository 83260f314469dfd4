import { controlPlaneImages } from '../../cluster/images.ts'
import type { JoinRequest } from '../../cluster/request.ts'
import { nothingEarlier } from '../../observe/left/earlier.ts'
import {
  joinControlPlaneTraces,
  joinTraces,
  judgeEarlierControlPlaneJoin,
  judgeEarlierJoin,
  readLeftFiles,
} from '../../observe/left/earlier-run.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { ownCertificates } from './certificates.ts'
import { type Check, failure } from './check.ts'
import { furtherChecks } from './further-checks.ts'
import { pullImages } from './image-pull.ts'
import { joinChecks, joinControlPlaneChecks } from './join-checks.ts'
import { furtherPorts } from './ports.ts'
import { type Earlier, runChecks } from './run-checks.ts'

/** Checks a machine that joins, and gets the images of a control plane. Changes nothing else. */
export const joinPreflight: Phase<JoinRequest> = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  async run(ctx) {
    const { cluster, node } = ctx
    const { checks, earlier } = joinTable(ctx)
    await runChecks(ctx, checks, earlier)
    if (node.role === 'worker') return
    await pullImages(ctx, controlPlaneImages(cluster.config))
  },
}

/** All that a joining machine is asked, and how an earlier join of it is known. */
export function joinTable(ctx: PhaseContext<JoinRequest>): {
  readonly checks: readonly Check[]
  readonly earlier: Earlier
} {
  const { cluster, node, request, host, session } = ctx
  const { caCertPath } = request
  const controls = node.role === 'control-plane'
  const traces = controls ? joinControlPlaneTraces(cluster, caCertPath) : joinTraces(caCertPath)
  const judge = controls ? judgeEarlierControlPlaneJoin : judgeEarlierJoin
  const ca = session.discovered?.ca
  const read = async () =>
    ca === undefined ? nothingEarlier : judge(await readLeftFiles(host, traces), { ca, caCertPath, cluster, node })
  return {
    checks: [
      ...joinChecks(node, caCertPath, session.discovered),
      ...(controls ? joinControlPlaneChecks(cluster, node, filesCome(ctx)) : []),
      ...furtherPorts(cluster, node),
      ...furtherChecks,
      ...(controls ? [controlPlaneEndpoint, ...(filesCome(ctx) ? [] : [ownCertificates])] : []),
    ],
    earlier: { traces, read },
  }
}

function filesCome({ request, leader }: PhaseContext<JoinRequest>): boolean {
  return request.certificateKey !== undefined || leader !== undefined
}

/** Nodes know the cluster by one address; without a common one they would all hang on the first control plane. */
const controlPlaneEndpoint: Check = {
  name: 'ControlPlaneEndpoint',
  standing: true,
  run: ({ ctx }) => (ctx.cluster.config.controlPlaneEndpoint === undefined ? [failure(noEndpoint, giveEndpoint)] : []),
}

const noEndpoint =
  "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address"
const giveEndpoint =
  'give the cluster a name or a load balancer: set controlPlaneEndpoint in the ConfigMap kube-system/kubeadm-config, and make the API server certificates valid for it'
