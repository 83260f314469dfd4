import type { EtcdMember } from '../../clients/etcd/etcd.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { parseDuration } from '../../cluster/duration.ts'
import { paths } from '../../cluster/paths.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import type { Session } from '../../cluster/session.ts'
import { openApi } from '../../compose/api.ts'
import { openEtcd } from '../../compose/etcd.ts'
import { connectTo, connectToChange } from '../../compose/machines.ts'
import { nameRun } from '../../compose/name-run.ts'
import { completeNodeRemove, readNodeName, removeRequest } from '../../config/node-remove.ts'
import { parseStoredCluster } from '../../config/stored-configuration.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../../host/host.ts'
import { readClusterConfiguration } from '../../observe/cluster/cluster-documents.ts'
import { refuseUnknownName } from '../../observe/cluster/removable-names.ts'
import { readLeftNode } from '../../observe/left/left-node.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { nodeRemove } from '../../phases/pipelines.ts'
import { makePlan } from '../../pipeline/plan.ts'
import { presentResult } from '../../ui/present-result.ts'
import { machinePath } from '../named-paths.ts'
import type { CommonOptions } from '../options.ts'
import { runDry } from '../run/dry-run.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { runPlan } from '../run/run-plan.ts'
import { nodeRemoveResult, nodeRemoveText } from './remove-result.ts'

const adminConf = `${paths.kubernetesDir}/admin.conf`

export interface NodeRemoveOptions extends CommonOptions {
  readonly kubeconfig: string
  readonly timeout: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

/** `kadm node remove`: works on a control plane that stays; the machine of the node need not be there any more. */
export async function runNodeRemove(name: string, options: NodeRemoveOptions): Promise<number> {
  const removal = readRemoval(name, options)
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) {
    throw new KadmError('USAGE', 'a node is removed from one place: give one --host, a control plane that stays')
  }
  const kubeconfig = machinePath(options.kubeconfig || adminConf, { by: '--kubeconfig', remote: spec !== undefined })
  const named = nameRun('kadm node remove', new Date())
  const interrupt = onInterrupt()
  let host: ConnectedHost | undefined
  try {
    // Claimed though no file of it changes: who changes etcd from one machine takes over from an earlier run there.
    const { signal } = interrupt
    host = await (options.dryRun === true
      ? connectTo(spec, options, signal)
      : connectToChange(spec, options, named, signal))
    const request = removeRequest(removal, kubeconfig)
    const cluster = await readPlace(host, request)
    const [node] = cluster.nodes
    if (node === undefined) throw new KadmError('INTERNAL', 'no machine to work on')
    const key = () => Promise.reject(new KadmError('INTERNAL', 'no key is needed'))
    const session: Session = { run: named.run, startedAt: named.since, signal: interrupt.signal, key }
    const plan = makePlan('node remove', nodeRemove(cluster, request), {})
    const parts = { session, hosts: new Map([[node, host]]), onControlPlane: true as const }
    if (options.dryRun === true) {
      return await runDry(plan, { ...parts, dryRun: { newCluster: false } }, options)
    }
    const result = nodeRemoveResult(removal.name, await runPlan(plan, parts, options))
    process.stdout.write(presentResult(result, options.output, value => nodeRemoveText(value, spec)))
    return 0
  } finally {
    interrupt.release()
    await host?.close()
  }
}

function readRemoval(name: string, { timeout, force }: NodeRemoveOptions) {
  const drainTimeoutMs = parseDuration(timeout)
  if (drainTimeoutMs === undefined || drainTimeoutMs < 0) {
    throw new KadmError('USAGE', `--timeout ${timeout} is no duration`, { hint: 'write it as 90s, 5m or 1h30m' })
  }
  return { name: readNodeName(name), drainTimeoutMs, force: force === true }
}

/** Throws USAGE when the machine is the node that is to go: its own etcd and API server would end on the way. */
async function readPlace(host: HostReader, request: RemoveRequest): Promise<Cluster> {
  const [facts, left] = await Promise.all([readFacts(host), readLeftNode(host, '/etc/kubernetes/pki')])
  if ((left.name ?? facts.hostname.trim().toLowerCase()) === request.name) {
    throw new KadmError('USAGE', `${request.name} is this machine: a node is removed from another one`, {
      hint: `name a control plane that stays with --host, or run \`kadm reset\` here`,
    })
  }
  const { kube } = await openApi(host, request.kubeconfig, { dryRun: false })
  try {
    const { config } = parseStoredCluster(await readClusterConfiguration(kube))
    await refuseUnknownName(kube, request.name, () => readMembers({ config, host, kube: async () => kube }))
    return completeNodeRemove({ facts, ...left, config }, request)
  } finally {
    kube.close()
  }
}

/** None where etcd is run elsewhere: its members are not those of nodes. */
async function readMembers(of: Parameters<typeof openEtcd>[0]): Promise<readonly EtcdMember[]> {
  if (of.config.etcd.external !== undefined) return []
  const etcd = await openEtcd(of)
  return etcd.members().finally(() => etcd.close())
}
