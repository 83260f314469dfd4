import type { Json } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { Approval } from './kube.ts'

/** Returns a CertificateSigningRequest with the condition that approves it. */
export function approved(request: KubeObject, { reason, message }: Approval, now: Date): KubeObject {
  const status = (request.status ?? {}) as { readonly conditions?: readonly Json[] }
  const condition = { type: 'Approved', status: 'True', reason, message, lastUpdateTime: seconds(now) }
  return { ...request, status: { ...status, conditions: [...(status.conditions ?? []), condition] } }
}

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
