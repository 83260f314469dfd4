import type { Kube } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RotateRequest } from '../../cluster/rotation.ts'
import { withApi } from '../../ops/api.ts'
import { withTrustedCas } from '../../pki/ca-bundle.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'

const kinds = [
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
  { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
] as const

/** Lists the objects with which API servers trust other servers through a rotated CA, or changes them. */
export const rotateCaBundles: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/ca-bundles',
  title: 'Look for the CAs in webhooks and APIServices',
  about: 'Lists the webhooks, APIServices and conversions that trust a rotated CA, or changes them when asked.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    await withApi(ctx, 'reading webhooks and APIServices', async kube => {
      const lists = await Promise.all(kinds.map(query => kube.list(query)))
      for (const object of lists.flat()) await rotateBundle(ctx, kube, object)
    })
  },
}

async function rotateBundle(
  { request, report }: ControlPlaneContext<RotateRequest>,
  kube: Kube,
  object: KubeObject,
): Promise<void> {
  let wanted = object
  for (const goal of request.goals) wanted = withTrustedCas(wanted, goal) ?? wanted
  if (wanted === object) return
  if (request.patchCaBundles) await kube.update(wanted)
  else report({ kind: 'result', key: 'caBundle', value: `${object.kind} ${object.metadata.name}` })
}
