import { given } from '../../cluster/given.ts'
import { controlPlaneImages } from '../../cluster/images.ts'
import type { JoinRequest } from '../../cluster/request.ts'
import { nothingEarlier } from '../../observe/left/earlier.ts'
import {
  joinControlPlaneTraces,
  joinTraces,
  judgeEarlierControlPlaneJoin,
  judgeEarlierJoin,
} from '../../observe/left/earlier-run.ts'
import { readLeftFiles } from '../../observe/left/left-files.ts'
import { certificateKeyFlags, discoveryFlags } from '../flag-groups.ts'
import type { NodePhase, PhaseContext } from '../phase.ts'
import { pullMissingImages } from './image-pull.ts'
import { type Earlier, runChecks } from './run-checks.ts'
import { type AskedNode, checksOf } from './table.ts'

/** Checks a host that joins, and pulls the control plane images. Makes no other changes. */
export const joinPreflight: NodePhase<JoinRequest> = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  about:
    'Runs all checks of the host in parallel and reports all errors at once; on a control plane it also pulls the images.',
  flags: [
    'apiserver-advertise-address',
    'apiserver-bind-port',
    ...certificateKeyFlags,
    'control-plane',
    'cri-socket',
    ...discoveryFlags,
    'ignore-preflight-errors',
    'node-name',
  ],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    const { cluster, node } = ctx
    await runChecks(ctx, checksOf(checkedJoiningNode(ctx, false)), earlierJoin(ctx))
    if (node.role === 'worker') return
    await pullMissingImages(ctx, controlPlaneImages(cluster.config))
  },
}

/** Returns what decides which checks a joining node runs. */
export function checkedJoiningNode(ctx: PhaseContext<JoinRequest>, alone: boolean): AskedNode {
  const { cluster, node, request, source, session } = ctx
  return {
    by: node.role === 'worker' ? 'worker' : 'control plane',
    cluster,
    node,
    caCertPath: request.caCertPath,
    filesCome: request.certificateKey !== undefined || source !== undefined,
    alone,
    ...given({ discovered: session.discovered }),
  }
}

/** Returns how to recognize an earlier join of the same node. */
export function earlierJoin({ cluster, node, request, host, session }: PhaseContext<JoinRequest>): Earlier {
  const { caCertPath } = request
  const traces = node.role === 'worker' ? joinTraces(caCertPath) : joinControlPlaneTraces(cluster, caCertPath)
  const ca = session.discovered?.ca
  const read = async () => {
    if (ca === undefined) return nothingEarlier
    const left = await readLeftFiles(host, traces)
    return node.role === 'worker'
      ? judgeEarlierJoin(left, { ca, caCertPath, cluster, node })
      : judgeEarlierControlPlaneJoin(left, { ca, caCertPath, cluster, node })
  }
  return { traces, read }
}
