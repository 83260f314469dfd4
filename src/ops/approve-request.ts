import type { Approval, Kube } from '../clients/kube/kube.ts'
import type { KubeObject } from '../cluster/kube-object.ts'

/** How long to wait for kube-controller-manager to sign a request that was approved. */
const signedWithinMs = 15_000

const why: Approval = {
  reason: 'ApprovedByKadm',
  message: 'the names in the request are names and addresses of the host',
}

/** Approves a request and waits for its certificate. Returns undefined if nothing signs it in time. */
export async function approveRequest(
  kube: Pick<Kube, 'approve' | 'watch'>,
  request: KubeObject,
): Promise<'issued' | undefined> {
  const { apiVersion, kind, metadata } = await kube.approve(request, why)
  const query = { apiVersion, kind, fieldSelector: `metadata.name=${metadata.name}` }
  return kube.watch(query, object => (certificateOf(object) === undefined ? undefined : 'issued'), signedWithinMs)
}

function certificateOf({ status }: KubeObject): string | undefined {
  const { certificate } = (status ?? {}) as { readonly certificate?: string }
  return certificate === '' ? undefined : certificate
}
