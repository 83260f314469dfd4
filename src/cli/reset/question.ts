import type { Cluster, Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { sharedKeys } from '../../cluster/node-files.ts'
import type { ResetNode } from '../../compose/reset-node.ts'
import type { HostReader } from '../../host/host.ts'
import { type KnownEtcd, readOwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { describeNetwork, readNetworkLeftovers } from '../../observe/left/network-leftovers.ts'

/** What a reset of one host destroys. */
export interface Loss {
  readonly node: string
  /** Set if no control plane remains: `sure` if the cluster reports so, `unknown` if the cluster does not answer. */
  readonly last?: 'sure' | 'unknown'
  /** Data without another copy: keys of the CAs, data of etcd. */
  readonly forGood: readonly string[]
  /** The directory of the backup. */
  readonly backupDir?: string
  /** What --cleanup-network removes. */
  readonly network: readonly string[]
}

/** Reads what a reset would destroy on the host. `leaving` lists all control planes that this run resets. */
export async function lossOf(
  host: HostReader,
  { cluster, node, request, state: { controlPlanes } }: ResetNode,
  leaving: readonly string[],
): Promise<Loss> {
  const network = request.cleanupNetwork ? describeNetwork(await readNetworkLeftovers(host)) : []
  const stays = controlPlanes?.some(name => !leaving.includes(name))
  const forGood = node.role === 'worker' || stays === true ? [] : await irreplaceable(host, cluster, node, request)
  const dir = request.backupDir
  const found = { node: node.name, forGood, network, ...given({ backupDir: dir }) }
  return forGood.length === 0 ? found : { ...found, last: controlPlanes === undefined ? 'unknown' : 'sure' }
}

async function irreplaceable(
  host: HostReader,
  cluster: Cluster,
  node: Node,
  known: KnownEtcd,
): Promise<readonly string[]> {
  const keys = sharedKeys(cluster.config.certificatesDir)
  const [own, ...stats] = await Promise.all([
    readOwnEtcd(host, cluster, node, known),
    ...keys.map(path => host.stat(path)),
  ])
  const dir = own?.dataDir
  const filled = dir !== undefined && (await host.stat(dir)) !== undefined && (await host.list(dir)).length > 0
  return [...keys.filter((_, i) => stats[i] !== undefined), ...(filled ? [dir] : [])]
}

/** The text before the question, or with --force before the removal. */
export function lossText(losses: readonly Loss[]): string {
  const names = losses.map(({ node }) => node).join(', ')
  const first = `This resets ${names}: it stops the kubelet and its pods, and removes their files.`
  return [first, ...losses.flatMap(lastText), ...losses.flatMap(networkText)].map(line => `${line}\n`).join('')
}

function lastText({ node, last, forGood, backupDir }: Loss): readonly string[] {
  if (last === undefined) return []
  const copy =
    backupDir === undefined ? 'no copy is kept (use --backup DIR to keep one)' : `a copy is kept in ${backupDir}`
  const why =
    last === 'sure'
      ? `${node} is the last control plane node of its cluster. These files will be deleted; ${copy}:`
      : `No other control plane of the cluster of ${node} is known. If there is none, these files will be deleted; ${copy}:`
  return [why, ...forGood.map(path => `  ${path}${meaning(path)}`)]
}

function meaning(path: string): string {
  if (path.endsWith('sa.key')) return '  (signs tokens of service accounts)'
  return path.endsWith('.key') ? '  (the key of a CA)' : '  (etcd data: all objects of the cluster)'
}

function networkText({ node, network }: Loss): readonly string[] {
  return network.length === 0 ? [] : [`--cleanup-network removes on ${node}:`, ...network.map(line => `  ${line}`)]
}
