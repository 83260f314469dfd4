import { defaultNodeName, type Cluster } from '../../cluster/cluster.ts'
import { parseDuration } from '../../cluster/duration.ts'
import { paths } from '../../cluster/paths.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { openApi } from '../../compose/api.ts'
import { openEtcd } from '../../compose/etcd.ts'
import { clusterAtHost } from '../../config/cluster-at-host.ts'
import { readNodeName, removeRequest } from '../../config/node-remove.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { observeState } from '../../observe/cluster/observe-state.ts'
import { refuseUnknownName, unknownPart } from '../../observe/cluster/removable-names.ts'
import { readNodePlace } from '../../observe/left/node-place.ts'
import { nodeRemove } from '../../phases/pipelines.ts'
import { machinePath } from '../named-paths.ts'
import type { CommonOptions } from '../options.ts'
import type { Asked, Intent, Seen } from '../run/intent.ts'
import { type NodeRemoveResult, nodeRemoveResult, nodeRemoveText } from './result.ts'

export interface NodeRemoveOptions extends CommonOptions {
  readonly kubeconfig: string
  readonly timeout: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

export interface NodeRemoveInput {
  readonly name: string
  readonly options: NodeRemoveOptions
}

interface NodeRemoveAsked extends Asked {
  readonly request: RemoveRequest
}

interface NodeRemoveSeen extends Seen<RemoveRequest> {
  readonly cluster: Cluster
  readonly request: RemoveRequest
}

/**
 * `kadm node remove`: works on another control plane, because the host of the node may no longer exist. It locks that
 * control plane although it changes no files there: a run that changes etcd from a host takes over from an earlier run
 * there.
 */
export const nodeRemoveIntent: Intent<NodeRemoveInput, NodeRemoveAsked, NodeRemoveSeen, NodeRemoveResult> = {
  name: () => 'kadm node remove',
  plan: 'node remove',
  parse({ name, options }) {
    const removal = readRemoval(name, options)
    const [spec, ...more] = options.host ?? []
    if (more.length > 0) {
      throw new KadmError('USAGE', 'give exactly one --host: a control plane host that stays in the cluster')
    }
    const adminConf = `${paths.kubernetesDir}/admin.conf`
    const kubeconfig = machinePath(options.kubeconfig || adminConf, { by: '--kubeconfig', remote: spec !== undefined })
    return {
      request: removeRequest(removal, kubeconfig),
      ...{ dryRun: options.dryRun === true, pick: {}, warnings: [], access: 'change' },
      hosts: [{ flag: '--host', spec }],
    }
  },
  async observe({ request }, { first }) {
    const { cluster, state } = await readPlace(first, request)
    const targets = cluster.nodes.map(node => ({ cluster, node, request }))
    return { cluster, request, targets, state, warnings: [], onControlPlane: true, dry: { newCluster: false } }
  },
  stages: ({ cluster, request }) => nodeRemove(cluster, request),
  answer: ({ asked, report }) => nodeRemoveResult(asked.request.name, report),
  text: (answer, { asked }) => nodeRemoveText(answer, asked.hosts[0]?.spec),
}

function readRemoval(name: string, { timeout, force }: NodeRemoveOptions) {
  const drainTimeoutMs = parseDuration(timeout)
  if (drainTimeoutMs === undefined || drainTimeoutMs < 0) {
    throw new KadmError('USAGE', `--timeout ${timeout} is not a duration`, { hint: 'write it as 90s, 5m or 1h30m' })
  }
  return { name: readNodeName(name), drainTimeoutMs, force: force === true }
}

/** Throws USAGE if the host is the node to remove: its etcd and API server would stop during the run. */
async function readPlace(host: HostReader, request: RemoveRequest) {
  const place = await readNodePlace(host)
  if ((place.name ?? defaultNodeName(place.facts)) === request.name) {
    throw new KadmError('USAGE', `${request.name} is this host: remove a node from another node`, {
      hint: `give another control plane host with --host, or run \`kadm reset\` here`,
    })
  }
  const { kube } = await openApi(host, request.kubeconfig, { dryRun: false })
  const etcd = (config: ClusterConfiguration) => openEtcd({ config, host, kube: async () => kube })
  const look = { api: { kube, openEtcd: etcd, memberHealth: false }, hosts: [host] }
  const state = await observeState(look).finally(() => kube.close())
  const { stored: config } = state
  if (config === undefined) throw unknownPart(state, 'stored')
  refuseUnknownName(state, request.name)
  return { state, cluster: clusterAtHost({ ...place, config }, request) }
}
