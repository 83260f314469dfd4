import semver from 'semver'
import type { Kube } from '../../clients/kube/kube.ts'
import { staticPodComponents } from '../../cluster/components.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import type { RunningComponent, RunningVersions } from '../../cluster/upgrade-plan.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** Reads the versions of static pods and of CoreDNS from the images of pods; those of kubelets come from the Nodes. */
export async function readRunningVersions(
  kube: Pick<Kube, 'list'>,
  nodes: readonly ClusterNode[],
): Promise<RunningVersions> {
  const lists = staticPodComponents.map(async name => {
    const labelSelector = `component=${name},tier=control-plane`
    const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', labelSelector })
    return pods.map((pod): RunningComponent => ({ name, ...placeOf(pod) }))
  })
  const [coredns, ...pods] = await Promise.all([readCoredns(kube), ...lists])
  const kubelets = nodes.map(({ name, kubeletVersion = '' }): RunningComponent => {
    return { name: 'kubelet', node: name, version: kubeletVersion }
  })
  const components = [...pods.flat(), ...kubelets]
  return {
    cluster: highest(components.filter(({ name }) => name === 'kube-apiserver').map(({ version }) => version)),
    components,
    ...(coredns === undefined ? {} : { coredns }),
  }
}

function highest(versions: readonly string[]): string {
  const parsed = versions.flatMap(version => semver.parse(version) ?? [])
  const [first] = parsed.toSorted(semver.rcompare)
  if (first !== undefined) return first.version
  const found = versions.length === 0 ? 'no pod of kube-apiserver exists' : `the tag is "${versions[0]}"`
  throw new KadmError('API_REFUSED', `the version of kube-apiserver cannot be read: ${found}`, {
    hint: 'list the pods: kubectl -n kube-system get pods -l component=kube-apiserver,tier=control-plane',
  })
}

function placeOf({ spec }: KubeObject): { readonly node: string; readonly version: string } {
  const { nodeName = '' } = (spec ?? {}) as { readonly nodeName?: string }
  return { node: nodeName, version: tagOf(spec) }
}

interface PodSpec {
  readonly containers?: readonly { readonly image?: string }[]
}

/** As in kubeadm, the first container has the version; `_` in a tag stands for `+`. */
function tagOf(spec: unknown): string {
  const image = ((spec ?? {}) as PodSpec).containers?.[0]?.image ?? ''
  return (/:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? '').replaceAll('_', '+')
}

async function readCoredns(kube: Pick<Kube, 'list'>): Promise<string | undefined> {
  const query = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'kube-system',
    labelSelector: 'k8s-app=kube-dns',
  }
  const [first] = await kube.list(query)
  const template = (first?.spec as { readonly template?: { readonly spec?: unknown } } | undefined)?.template
  return first === undefined ? undefined : tagOf(template?.spec)
}
