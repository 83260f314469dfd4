import type { ObjectRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { withApi } from '../../ops/api.ts'

const inKubeSystem = { namespace: 'kube-system' } as const

/** What an upgrade replaces in the cluster. */
const replaced: readonly ObjectRef[] = [
  ...['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'].map(name => {
    return { apiVersion: 'v1', kind: 'ConfigMap', name, ...inKubeSystem }
  }),
  { apiVersion: 'v1', kind: 'Service', name: 'kube-dns', ...inKubeSystem },
  { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns', ...inKubeSystem },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-proxy', ...inKubeSystem },
]

/** Reads the objects that an upgrade replaces, without what the server sets. */
export async function readObjects(ctx: Parameters<typeof withApi>[0]): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    replaced.map(ref => withApi(ctx, `reading ${ref.kind} ${ref.name}`, kube => kube.get(ref))),
  )
  return found.flatMap(object => (object === undefined ? [] : [withoutServerFields(object)]))
}

function withoutServerFields({ status: _status, metadata, ...rest }: KubeObject): KubeObject {
  const { name, namespace = '', labels = {}, annotations = {} } = metadata
  return { ...rest, metadata: { name, namespace, labels, annotations } }
}
