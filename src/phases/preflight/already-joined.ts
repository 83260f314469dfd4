import { kubeletPorts } from '../../cluster/components.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { kubeletConf } from '../../observe/left/left-files.ts'
import { readLeftNode } from '../../observe/left/left-node.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { type Check, type CheckSubject, type Finding, failure } from './check.ts'
import { earlierNode } from './peers.ts'

export const alreadyJoinedName = 'AlreadyJoined'

/** Fails if the host is a node of another cluster, or of this one under another name. It causes other errors. */
export const alreadyJoined: Check = {
  name: alreadyJoinedName,
  paths: [kubeletConf],
  run: async subject => {
    const { node, host } = subject.ctx
    const former = earlierNode(subject.ctx)
    if (former !== undefined) return [renamed(node.name, former.name, host.name)]
    const known = await readMembership(subject)
    return known === undefined ? [] : [judgeMembership(known, node.name, host.name)]
  },
}

export interface Membership {
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  /** URL of the cluster's API in kubelet.conf. */
  readonly server: string
}

/** Returns the cluster and the Node that the host already belongs to; undefined if none, or the node of this run. */
export async function readMembership({ ctx, facts, earlier }: CheckSubject): Promise<Membership | undefined> {
  if (!facts.paths.has(kubeletConf)) return undefined
  const { host, cluster, node, session } = ctx
  const dir = cluster.config.certificatesDir
  const [{ name, role }, server, serverKey] = await Promise.all([
    readLeftNode(host, dir),
    readServer(host),
    host.stat(`${dir}/apiserver.key`),
  ])
  if (name === undefined || server === undefined) return undefined
  // An unfinished init trusts the CA on the host, as a worker that has joined does.
  const promoted = session.discovered === undefined && node.role === 'control-plane' && role === 'worker'
  const begun = earlier.ports.has(kubeletPorts.api)
  return begun && !(promoted && serverKey === undefined) ? undefined : { name, role, server }
}

export function judgeMembership({ name, role, server }: Membership, wanted: string, host: string): Finding {
  const what = role === 'worker' ? 'worker' : 'control plane'
  const other = name === wanted ? '' : `, and its name is to be ${wanted} now`
  return failure(
    `this host is already a node: the ${what} ${name} of the cluster at ${server}${other}`,
    `\`kadm reset\` on ${host} removes it from that cluster${name === wanted ? '' : `; or keep the name: --node-name ${name}`}`,
  )
}

function renamed(wanted: string, name: string, host: string): Finding {
  return failure(
    `this host is already the Node ${name} of this cluster and would join again as ${wanted}`,
    `keep the name (--node-name ${name}); or give the old one up first: \`kadm reset\` on ${host}, then \`kadm node remove ${name} --host …\``,
  )
}

async function readServer(host: HostReader): Promise<string | undefined> {
  try {
    return parseKubeconfig((await readText(host, kubeletConf)) ?? '').server
  } catch (error) {
    if (!isAnswer(error)) throw error
    return undefined
  }
}
