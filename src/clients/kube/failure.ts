import type { JsonObject } from '../../cluster/json.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'

interface Reason {
  readonly says: string
  readonly hint: string
}

const serverDown = 'check that the kube-apiserver runs on that machine and that no firewall is in between'
const otherCa =
  'the server is not of this cluster, or its CA was replaced: compare the CA in the kubeconfig with ca.crt on the control plane'
const clock = 'compare the clocks of this machine and of the control plane'

/** What node and OpenSSL call the ways in which a connection fails, in words. */
const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: { says: 'connection refused', hint: serverDown },
  HOST_CONNECT: { says: 'connection refused', hint: serverDown },
  ECONNRESET: { says: 'the connection was cut', hint: serverDown },
  EPIPE: { says: 'the connection was cut', hint: serverDown },
  ETIMEDOUT: { says: 'no answer in time', hint: serverDown },
  EHOSTUNREACH: { says: 'no route to the host', hint: 'check the address and the network between the machines' },
  ENETUNREACH: { says: 'no route to the network', hint: 'check the address and the network between the machines' },
  ENOTFOUND: { says: 'its name cannot be resolved', hint: 'check the name and the DNS settings' },
  EAI_AGAIN: { says: 'its name cannot be resolved', hint: 'check the name and the DNS settings' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { says: 'its certificate is signed by an unknown authority', hint: otherCa },
  SELF_SIGNED_CERT_IN_CHAIN: { says: 'its certificate is signed by an unknown authority', hint: otherCa },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { says: 'its certificate is signed by an unknown authority', hint: otherCa },
  UNABLE_TO_GET_ISSUER_CERT: { says: 'its certificate is signed by an unknown authority', hint: otherCa },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { says: 'its certificate is signed by an unknown authority', hint: otherCa },
  CERT_SIGNATURE_FAILURE: { says: 'its certificate is signed by another key of a CA of the same name', hint: otherCa },
  CERT_NOT_YET_VALID: { says: 'its certificate is not yet valid', hint: clock },
  CERT_HAS_EXPIRED: {
    says: 'its certificate has expired',
    hint: 'renew it with `kadm certs renew apiserver` on the control plane and restart the kube-apiserver',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: 'its certificate is for other names or addresses',
    hint: 'add the name or address to apiServer.certSANs and renew the apiserver certificate, or use one that it lists',
  },
  HPE: { says: 'what answers does not speak HTTP over TLS', hint: 'check the port: is it the kube-apiserver?' },
  ERR_SSL: { says: 'TLS could not be agreed on', hint: 'check the port: is it the kube-apiserver?' },
}

const unknownReason: Reason = { says: 'the connection failed', hint: serverDown }

/** API_UNREACHABLE for a failed connection; a lost machine keeps its own error. */
export function unreachable(server: string, error: unknown): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT') return error
  const { says, hint } = reasonOf(error)
  const detail = error instanceof Error && !isKadmError(error) ? error.message : ''
  const message = `the kube-apiserver at ${server} cannot be reached: ${says}`
  return new KadmError('API_UNREACHABLE', message, { hint, cause: error, ...(detail === '' ? {} : { output: detail }) })
}

/** API_UNREACHABLE for an answer that no kube-apiserver gives. */
export function notKubernetes(server: string, cause: unknown): KadmError {
  const message = `what answers at ${server} is not a kube-apiserver: the body of its answer is no JSON object`
  return new KadmError('API_UNREACHABLE', message, { hint: 'check the address and the port', cause })
}

/** The error for an HTTP status of failure: API_CONFLICT for 409, else API_REFUSED. `what` says what was asked. */
export function refused(what: string, answer: { readonly status: number; readonly body: string }): KadmError {
  const { status } = answer
  const message = `${what}: ${statusMessage(answer.body) ?? `the answer is HTTP ${status}`}`
  const hint = hints[status]
  const code = status === 409 ? 'API_CONFLICT' : 'API_REFUSED'
  return new KadmError(code, message, { status, ...(hint === undefined ? {} : { hint }) })
}

const hints: Readonly<Record<number, string>> = {
  401: 'the cluster does not know this identity: the client certificate is of another CA or expired, or the token expired (`kadm token create` makes a new one)',
  403: 'this identity is not allowed to do that: use admin.conf, or check the RBAC rules that the message names',
  409: 'read the object again and repeat',
  429: 'the kube-apiserver is overloaded: try again later',
  503: 'the kube-apiserver is starting or its etcd does not answer: try again later',
}

/** `message` of a Status object, else undefined. */
function statusMessage(body: string): string | undefined {
  try {
    const status = JSON.parse(body) as JsonObject | null
    return typeof status?.message === 'string' && status.message !== '' ? status.message : undefined
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): Reason {
  const code = (error as { code?: unknown } | null)?.code
  const name = (error as { name?: unknown } | null)?.name
  if (name === 'TimeoutError') return reasons.ETIMEDOUT ?? unknownReason
  if (typeof code !== 'string') return unknownReason
  return reasons[code] ?? reasons[/^(HPE|ERR_SSL)_/.exec(code)?.[1] ?? ''] ?? unknownReason
}
