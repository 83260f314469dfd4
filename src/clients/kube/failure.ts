import type { JsonObject } from '../../cluster/json.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { connectionFailure, type FailureKind, isSilent } from '../https/connection-failure.ts'

const serverDown = 'check that the kube-apiserver is running on that host and that no firewall blocks the connection'

/** Remedies by kind of connection failure. */
const remedies: Readonly<Record<FailureKind, string>> = {
  refused: serverDown,
  down: serverDown,
  route: 'check the address and the network between the hosts',
  name: 'check the name and the DNS settings',
  authority:
    'the server belongs to another cluster, or its CA was replaced: compare the CA in the kubeconfig with ca.crt on the control plane',
  clock: 'compare the clocks of this host and the control plane host',
  expired: 'renew it with `kadm certs renew apiserver` on the control plane',
  names: 'add the name or address to apiServer.certSANs and renew the apiserver certificate, or use one that it lists',
  protocol: 'check the port: is it the kube-apiserver?',
}

/** Returns API_UNREACHABLE for a failed connection; a lost host keeps its own error. */
export function apiUnreachable(server: string, error: unknown): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT') return error
  const { says, kind } = connectionFailure(error)
  const detail = error instanceof Error && !isKadmError(error) ? error.message : ''
  const message = `the kube-apiserver at ${server} cannot be reached: ${says}`
  return new KadmError('API_UNREACHABLE', message, {
    hint: remedies[kind],
    cause: error,
    ...(detail === '' ? {} : { output: detail }),
  })
}

/** True if the root cause of an error is that no API server listens, at any depth of wrapping. */
export function isApiSilent(error: unknown): boolean {
  if (!isKadmError(error)) return false
  return error.code === 'API_UNREACHABLE' ? isSilent(error.cause) : isApiSilent(error.cause)
}

/** Returns API_UNREACHABLE for a response that does not come from a kube-apiserver. */
export function notKubernetes(server: string, cause: unknown): KadmError {
  const message = `the server at ${server} is not a kube-apiserver: its response is not a JSON object`
  return new KadmError('API_UNREACHABLE', message, { hint: 'check the address and the port', cause })
}

/** Returns the error for an HTTP status: API_CONFLICT for 409, else API_REFUSED. `what` names the request. */
export function refused(what: string, answer: { readonly status: number; readonly body: string }): KadmError {
  const { status } = answer
  const conflicts = status === 409 ? fieldConflicts(answer.body) : []
  if (conflicts.length > 0) return notOwner(what, conflicts)
  const message = `${what}: ${statusMessage(answer.body) ?? `the answer is HTTP ${status}`}`
  const hint = hints[status]
  const code = status === 409 ? 'API_CONFLICT' : 'API_REFUSED'
  return new KadmError(code, message, { status, hint })
}

const hints: Readonly<Record<number, string>> = {
  401: 'the cluster does not recognize this identity: the client certificate is from another CA or has expired, or the token has expired (create one with `kadm token create`; with `--from`, run the same command again)',
  403: 'this identity is not authorized: use admin.conf, or check the RBAC rules in the message',
  409: 'read the object again and retry',
  429: 'the kube-apiserver is overloaded: try again later',
  503: 'the kube-apiserver is starting or its etcd does not answer: try again later',
}

/** A field of an apply that another field manager owns. */
export interface FieldConflict {
  /** `.spec.replicas` */
  readonly field: string
  /** `conflict with "kubectl" using apps/v1` */
  readonly message: string
}

/** Returns API_CONFLICT for an apply that would change fields of other field managers. */
export function notOwner(what: string, conflicts: readonly FieldConflict[]): KadmError {
  const count = conflicts.length === 1 ? 'a field' : `${conflicts.length} fields`
  return new KadmError('API_CONFLICT', `${what}: other field managers own ${count} of it`, {
    status: 409,
    problems: conflicts.map(({ field, message }) => ({ message: `${field}: ${message}` })),
    hint: 'leave these fields out, or apply with force to take them over',
  })
}

function fieldConflicts(body: string): readonly FieldConflict[] {
  const { causes = [] } = (parseStatus(body)?.details ?? {}) as {
    readonly causes?: readonly (FieldConflict & { readonly reason: string })[]
  }
  return causes.filter(({ reason }) => reason === 'FieldManagerConflict')
}

/** Returns the `message` of a Status object, else undefined. */
function statusMessage(body: string): string | undefined {
  const message = parseStatus(body)?.message
  return typeof message === 'string' && message !== '' ? message : undefined
}

function parseStatus(body: string): JsonObject | undefined {
  try {
    return (JSON.parse(body) as JsonObject | null) ?? undefined
  } catch {
    return undefined
  }
}
