import type { Kube } from '../../clients/kube/kube.ts'
import { internalIps, isCordoned, readiness } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import { isKadmError } from '../../errors/kadm-error.ts'

/** Reads the Nodes of a cluster; undefined for an identity that cannot list them, such as a bootstrap token. */
export async function readClusterNodes(kube: Pick<Kube, 'list'>): Promise<readonly ClusterNode[] | undefined> {
  try {
    return await listClusterNodes(kube)
  } catch (error) {
    if (isKadmError(error, 'API_REFUSED') && (error.status === 403 || error.status === 401)) return undefined
    throw error
  }
}

/** The Nodes of a cluster. Throws what the API throws. */
export async function listClusterNodes(kube: Pick<Kube, 'list'>): Promise<readonly ClusterNode[]> {
  return (await kube.list({ apiVersion: 'v1', kind: 'Node' })).map(toMember)
}

interface Status {
  readonly nodeInfo?: {
    readonly kubeletVersion?: string
    readonly machineID?: string
    readonly systemUUID?: string
    readonly bootID?: string
  }
}

function toMember(node: KubeObject): ClusterNode {
  const { metadata } = node
  const { nodeInfo = {} } = (node.status ?? {}) as Status
  const { kubeletVersion = '', machineID: machineId = '', systemUUID: systemUuid = '', bootID: bootId = '' } = nodeInfo
  return {
    name: metadata.name,
    controlPlane: metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined,
    addresses: internalIps(node),
    // The kubelet reports True or False. The cluster sets Unknown if the kubelet stops reporting.
    ...(readiness(node) === 'Unknown' ? { away: true as const } : {}),
    ...(isCordoned(node) ? { cordoned: true as const } : {}),
    ...(kubeletVersion === '' ? {} : { kubeletVersion }),
    ...(machineId === '' ? {} : { machineId }),
    ...(systemUuid === '' ? {} : { systemUuid: systemUuid.toLowerCase() }),
    ...(bootId === '' ? {} : { bootId }),
  }
}
