import type { Kube } from '../../../clients/kube/kube.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import {
  type ClusterRequest,
  listRequests,
  requestKind,
  toClusterRequest,
} from '../../../observe/pki/serving-requests.ts'
import { approveRequest } from '../../../ops/approve-request.ts'
import {
  judgeServingRequest,
  type KnownNode,
  kubeletServingSigner,
  type ServingVerdict,
} from '../../../pki/judge-serving-request.ts'
import type { AskedApprove } from './parse.ts'
import { type ApproveAnswer, type RequestAnswer, toAnswer } from './result.ts'

export interface ApprovePlace {
  readonly known: ReadonlyMap<string, KnownNode>
  /** Known nodes without a serving certificate. */
  readonly lacking: readonly string[]
}

interface Judged {
  readonly request: ClusterRequest
  readonly verdict: ServingVerdict
}

/** Approves the requests that were asked for and pass the checks; waits for those of nodes that have none yet. */
export async function settleRequests(kube: Kube, asked: AskedApprove, place: ApprovePlace): Promise<ApproveAnswer> {
  const all = await listRequests(kube)
  const judge = (request: ClusterRequest) => ({ request, verdict: judgeServingRequest(request, place.known) })
  const chosen = chooseRequests(all, asked.approve)
  const first: RequestAnswer[] = []
  for (const request of chosen) first.push(await settle(kube, judge(request), asked))
  const asking = new Set(all.flatMap(request => (isOpen(request) ? [request.user] : [])))
  const lacking = asked.waitMs === 0 ? [] : place.lacking.filter(node => !asking.has(`system:node:${node}`))
  const { later, missing } = await waitFor(kube, lacking, asked.waitMs, request => settle(kube, judge(request), asked))
  return { requests: [...first, ...later], missing }
}

/** Throws API_REFUSED for a name that no request has. */
function chooseRequests(all: readonly ClusterRequest[], approve: AskedApprove['approve']): readonly ClusterRequest[] {
  if (typeof approve === 'string') return all.filter(({ state }) => state === 'pending')
  const missing = approve.filter(name => !all.some(request => request.name === name))
  if (missing.length === 0) return all.filter(({ name }) => approve.includes(name))
  throw new KadmError('API_REFUSED', `the cluster has no certificate request ${missing.join(', ')}`, {
    hint: 'run `kadm certs approve` without names to list the pending requests',
    status: 404,
  })
}

/** True for a request of a kubelet that was not refused. */
function isOpen({ signer, state }: ClusterRequest): boolean {
  return signer === kubeletServingSigner && state !== 'denied' && state !== 'failed'
}

async function settle(kube: Kube, { request, verdict }: Judged, { approve }: AskedApprove): Promise<RequestAnswer> {
  if (request.state !== 'pending') return toAnswer(request, verdict, request.state)
  if (verdict.reasons.length > 0) return toAnswer(request, verdict, 'refused')
  if (approve === 'none') return toAnswer(request, verdict, 'pending')
  return toAnswer(request, verdict, (await approveRequest(kube, request.object)) ?? 'approved')
}

/** Watches until each node has a request. */
async function waitFor(
  kube: Kube,
  nodes: readonly string[],
  waitMs: number,
  act: (request: ClusterRequest) => Promise<RequestAnswer>,
) {
  const missing = new Set(nodes)
  const later: RequestAnswer[] = []
  const end = performance.now() + waitMs
  while (missing.size > 0) {
    const restMs = end - performance.now()
    if (restMs <= 0) break
    const users = new Set([...missing].map(node => `system:node:${node}`))
    const found = await kube.watch(requestKind, object => wanted(toClusterRequest(object), users), restMs)
    if (found === undefined) break
    later.push(await act(found))
    missing.delete(found.user.replace('system:node:', ''))
  }
  return { later, missing: [...missing] }
}

function wanted(request: ClusterRequest, users: ReadonlySet<string>): ClusterRequest | undefined {
  return isOpen(request) && users.has(request.user) ? request : undefined
}
