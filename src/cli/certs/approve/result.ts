import { visible } from '../../../errors/visible.ts'
import type { ClusterRequest } from '../../../observe/pki/serving-requests.ts'
import { kubeletServingSigner, type ServingVerdict } from '../../../pki/judge-serving-request.ts'
import { alignTabs, humanDuration } from '../../../ui/tab-writer.ts'
import type { AskedApprove } from './parse.ts'

/** What happened to one request: `pending` can be approved, and was not asked for. */
export interface RequestAnswer {
  readonly name: string
  readonly node?: string
  readonly requester: string
  readonly signer: string
  readonly createdAt: Date
  readonly sans: readonly string[]
  readonly outcome: ClusterRequest['state'] | 'refused'
  readonly reasons: readonly string[]
}

export interface ApproveAnswer {
  readonly requests: readonly RequestAnswer[]
  /** The nodes of --host and --san whose request did not appear in time. */
  readonly missing: readonly string[]
}

export function toAnswer(
  { name, user, signer, createdAt }: ClusterRequest,
  { node, sans, reasons }: ServingVerdict,
  outcome: RequestAnswer['outcome'],
): RequestAnswer {
  const shown = outcome === 'refused' ? reasons : []
  return {
    name,
    ...(node === undefined ? {} : { node }),
    requester: user,
    signer,
    createdAt,
    sans,
    outcome,
    reasons: shown,
  }
}

const outcomes: Readonly<Record<RequestAnswer['outcome'], string>> = {
  pending: 'can be approved',
  refused: 'not approved',
  approved: 'approved, not signed yet',
  issued: 'approved, issued',
  denied: 'denied before',
  failed: 'failed before',
}

/** The table of requests, then why those at fault are not approved. */
export function approveText({ requests, missing }: ApproveAnswer, { approve }: AskedApprove, now: Date): string {
  const rows = requests.map(one => [
    one.name,
    humanDuration(now.getTime() - one.createdAt.getTime()),
    one.requester,
    one.sans.join(', ') || '-',
    outcomes[one.outcome],
  ])
  const faults = requests.flatMap(({ name, reasons }) => reasons.map(reason => [name, reason]))
  const open = approve === 'none' && requests.some(({ outcome }) => outcome === 'pending')
  const parts = [
    rows.length > 0
      ? alignTabs([['REQUEST', 'AGE', 'REQUESTER', 'NAMES', 'RESULT'], ...rows])
      : 'No certificate request is pending.\n',
    faults.length > 0 && alignTabs([['REQUEST', 'WHY IT IS NOT APPROVED'], ...faults]),
    missing.length > 0 && missing.map(node => `${node}: no request appeared in time\n`).join(''),
    open && 'Approve them with --all, or by name.\n',
  ]
  // A request may contain any characters.
  return visible(parts.filter(Boolean).join('\n'))
}

/** False if a request was asked for and not approved, or did not appear. Requests for other signers are only listed. */
export function isComplete({ requests, missing }: ApproveAnswer, { approve }: AskedApprove): boolean {
  if (approve === 'none') return true
  const wanted = requests.filter(({ signer }) => approve !== 'all' || signer === kubeletServingSigner)
  return missing.length === 0 && wanted.every(({ outcome }) => outcome === 'issued' || outcome === 'approved')
}
