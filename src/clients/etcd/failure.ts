import { isKadmError, KadmError, type Reason } from '../../errors/kadm-error.ts'
import { connectionFailure, type FailureKind } from '../https/connection-failure.ts'
import type { Answer } from '../https/exchange.ts'

const down = 'check that etcd is running there (`crictl ps -a --name etcd`) and that no firewall blocks the connection'
const certificates = 'compare etcd/ca.crt of this node with that of the other control planes'

const remedies: Readonly<Record<FailureKind, string>> = {
  refused: down,
  down,
  route: 'check the address and the network between the hosts',
  name: 'check the name and the DNS settings',
  authority: certificates,
  clock: 'compare the clocks of the hosts',
  expired: 'renew it with `kadm certs renew etcd-server` on that control plane and restart etcd',
  names: 'add the name or address to etcd.local.serverCertSANs and renew the etcd-server certificate',
  protocol: 'check that the etcd CA signed the client certificate and that this is the client port of etcd',
}

/** Texts with which etcd refuses a request, and their reasons. */
const refusals: readonly { readonly reason: Reason; readonly words: RegExp }[] = [
  { reason: 'peer-exists', words: /peer URLs already exists|member ID already exist/i },
  { reason: 'not-a-learner', words: /can only promote a learner member(?! which is in sync)/i },
  { reason: 'no-member', words: /member not found/i },
  { reason: 'too-many-learners', words: /too many learner/i },
]

/** gRPC status codes as the gateway returns them. */
const unavailable = 14
const deadlineExceeded = 4

/** Returns ETCD_UNREACHABLE for a failed connection; a lost host keeps its own error. */
export function unanswered(endpoint: string, error: unknown): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT') return error
  const { says, kind } = connectionFailure(error)
  const message = `etcd at ${endpoint} cannot be reached: ${says}`
  const output = error instanceof Error && !isKadmError(error) ? error.message : undefined
  return new KadmError('ETCD_UNREACHABLE', message, { hint: remedies[kind], cause: error, output, why: says })
}

/**
 * Returns the error of an answer, if it is one: ETCD_UNREACHABLE if the member cannot serve (no leader, no quorum, a
 * learner), ETCD_REFUSED if etcd as a whole refuses.
 */
export function failureOf(what: string, endpoint: string, answer: Answer): KadmError | undefined {
  if (answer.status >= 200 && answer.status <= 299) return undefined
  const { code, words } = parseFailure(answer)
  // Every member refuses a change that fails etcd's health check.
  const serves = (code !== unavailable && code !== deadlineExceeded) || /unhealthy cluster/.test(words)
  if (!serves) {
    const message = `etcd at ${endpoint} cannot serve: ${words}`
    const hint = 'check that a majority of etcd members is running and can reach each other'
    return new KadmError('ETCD_UNREACHABLE', message, {
      hint,
      status: answer.status,
      reason: silenceOf(words),
      why: words,
    })
  }
  const reason = refusals.find(one => one.words.test(words))?.reason
  return new KadmError('ETCD_REFUSED', `${what}: ${words}`, {
    status: answer.status,
    hint: hintFor(words, reason),
    reason,
  })
}

/** A single learner never serves; a member without a majority may serve soon. */
function silenceOf(words: string): Reason | undefined {
  if (/learner/.test(words)) return undefined
  return /no leader|timed out|deadline exceeded/.test(words) ? 'no-quorum' : 'cannot-serve'
}

function hintFor(words: string, reason: Reason | undefined): string | undefined {
  if (/unhealthy cluster|not enough started members/.test(words)) {
    return 'wait until all etcd members are healthy, or remove the member that is permanently lost'
  }
  return reason === 'too-many-learners'
    ? 'another control plane node is joining, or a learner of a failed join remains: remove it with `kadm reset --host …`'
    : undefined
}

/** True for a failure that may not occur with another member. */
export function isElsewhere(error: unknown): error is KadmError {
  return isKadmError(error, 'ETCD_UNREACHABLE')
}

function withoutQuorum(what: string, cause: KadmError): KadmError {
  const { hint = down, message } = cause
  return cause.with({ message: `${what}: etcd has no quorum: ${message}`, hint })
}

/** Returns one error for all endpoints that failed. An answer without a leader has more information than no answer. */
export function allUnreachable(what: string, failures: readonly KadmError[]): KadmError {
  const [first] = failures
  const quorumless = failures.some(({ reason }) => reason === 'no-quorum')
  if (first !== undefined && failures.length === 1) return quorumless ? withoutQuorum(what, first) : first
  const message = quorumless
    ? `${what}: etcd has no quorum: none of ${failures.length} endpoints can serve`
    : `${what}: none of ${failures.length} endpoints of etcd answers`
  const problems = failures.map(({ message }) => ({ message }))
  const reason = quorumless ? 'no-quorum' : undefined
  return new KadmError('ETCD_UNREACHABLE', message, { hint: first?.hint ?? down, problems, cause: first, reason })
}

function parseFailure({ status, body }: Answer): { readonly code: number; readonly words: string } {
  try {
    const { code, message, error } = JSON.parse(body) as { code?: number; message?: string; error?: string }
    return { code: code ?? 2, words: message ?? error ?? `the answer is HTTP ${status}` }
  } catch {
    return { code: status === 503 ? unavailable : 2, words: `the answer is HTTP ${status}` }
  }
}
