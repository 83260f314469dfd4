import type { Kube } from '../../../clients/kube/kube.ts'
import type { KubeObject } from '../../../cluster/kube-object.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'

/** The directory of the sockets with which device plugins register with the kubelet. */
const socketsDir = '/var/lib/kubelet/device-plugins'

interface PodTemplate {
  readonly spec?: { readonly volumes?: readonly { readonly hostPath?: { readonly path: string } }[] }
}

/**
 * Returns the DaemonSets that run device plugins. A plugin registers again with each kubelet that restarts, with an API
 * version that both must support. Source: "Upgrading device plugin nodes" in the Kubernetes documentation.
 */
export async function findDevicePlugins(
  kube: Pick<Kube, 'list'>,
  targetMinor: number,
): Promise<readonly UpgradeFinding[]> {
  const all = await kube.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' })
  return all.filter(mountsSockets).map(({ metadata: { namespace = '', name } }) => ({
    check: 'DevicePlugins',
    level: 'warning',
    message: `DaemonSet ${namespace}/${name} runs device plugins, which register again with every new kubelet`,
    remedy: `check that its version supports Kubernetes v1.${targetMinor}, and update it before the first node if not`,
  }))
}

function mountsSockets({ spec }: KubeObject): boolean {
  const { template } = (spec ?? {}) as { readonly template?: PodTemplate }
  const paths = template?.spec?.volumes?.map(({ hostPath }) => hostPath?.path ?? '') ?? []
  return paths.some(path => path === socketsDir || path.startsWith(`${socketsDir}/`))
}
