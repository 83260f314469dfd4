import type { EtcdMember } from '../../clients/etcd/etcd.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** The annotation in which kubeadm and kadm store the client URL of an etcd member. */
const annotation = 'kubeadm.kubernetes.io/etcd.advertise-client-urls'

/**
 * Returns client URLs of etcd members that run as static pods, from the annotations of their pods. Throws
 * ETCD_UNREACHABLE if there is no such pod, or one has no annotation.
 */
export async function readEtcdEndpoints(kube: Kube): Promise<readonly string[]> {
  const pods = await kube.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'kube-system',
    labelSelector: 'component=etcd,tier=control-plane',
  })
  if (pods.length === 0) throw unknown('the cluster shows no pod of etcd', 'check that a kubelet with etcd.yaml runs')
  const bare = pods.find(pod => pod.metadata.annotations?.[annotation] === undefined)
  if (bare !== undefined) {
    throw unknown(
      `the pod ${bare.metadata.name} does not carry the annotation ${annotation}`,
      'write etcd.yaml of its node again: `kadm init phase etcd local`',
    )
  }
  return pods.flatMap(pod => pod.metadata.annotations?.[annotation]?.split(',') ?? [])
}

/** Returns the endpoints of the voters: a learner answers no member call, an unstarted member nothing. */
export function votingEndpoints(members: readonly EtcdMember[]): readonly string[] {
  return members.filter(({ name, learner }) => name !== '' && !learner).flatMap(({ clientUrls }) => clientUrls)
}

function unknown(message: string, hint: string): KadmError {
  return new KadmError('ETCD_UNREACHABLE', `the members of etcd are not known: ${message}`, { hint })
}
