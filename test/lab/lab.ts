import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Balancer, startBalancer } from './balancer.ts'
import { type Bind, boot, powerOn } from './boot.ts'
import { endNode, removeDeadLabs, removeLabNow, removeNode } from './cleanup.ts'
import { exec } from './exec.ts'
import { needPrograms, requireRoot } from './host.ts'
import { withLock } from './lock.ts'
import { address, address6, makeNetwork } from './network.ts'
import { LabNode } from './node.ts'
import { connectPods } from './pods.ts'
import { type Most, takeRoom } from './room.ts'
import { type LabState, labDir, nodeNames, processRef, readLab, readNode, writeLab } from './state.ts'
import { type KubernetesVersion, kubernetesVersions } from './versions.ts'

export type { Bind } from './boot.ts'
export { sweep } from './cleanup.ts'
export { LabNode } from './node.ts'
export type { KubernetesVersion } from './versions.ts'

export interface NodeOptions {
  /** Host name: lower-case letters, digits and "-". */
  name: string
  /** Version of /usr/bin/kubeadm, kubelet and kubectl; v1.37.2 unless given. */
  kubernetes?: KubernetesVersion
  /** Folders of this host that the node shows read-only. */
  binds?: readonly Bind[]
}

export interface LabOptions {
  /** Part of the lab's id; a detached lab is found again by it. */
  name?: string
  /** Let the lab outlive this process; `removeLab` ends it. Needs a name. */
  detached?: boolean
  /**
   * The maximum of simultaneous nodes: with its first node the lab reserves room for all of them, and does not wait
   * again.
   */
  most?: Most
  /** Kubernetes versions with images and real kubeadm on the nodes. Default: all. */
  versions?: readonly KubernetesVersion[]
}

const firstHost = 10

/** A network with nodes. It is isolated from other labs of this and other processes. */
export class Lab {
  readonly id: string
  /** Private key that root, ops and guest of every node accept. */
  readonly sshKeyPath: string
  /** Host keys of all nodes, by address and by name. */
  readonly knownHostsPath: string
  /** Addresses of this host on the lab's network. */
  readonly gateway: string
  readonly gateway6: string
  readonly #net: number
  readonly #versions: readonly KubernetesVersion[]
  readonly #nodes = new Map<string, LabNode>()
  readonly #balancers: Balancer[] = []

  constructor(state: LabState) {
    this.id = state.id
    this.sshKeyPath = join(labDir(state.id), 'ssh', 'id_ed25519')
    this.knownHostsPath = join(labDir(state.id), 'ssh', 'known_hosts')
    this.gateway = address(state.net, 1)
    this.gateway6 = address6(state.net, 1)
    this.#net = state.net
    this.#versions = state.versions
    for (const name of nodeNames(state.id)) {
      const node = readNode(state.id, name)
      if (node) this.#nodes.set(name, new LabNode(state.id, node))
    }
  }

  /** The nodes in the order they were started. */
  get nodes(): LabNode[] {
    return [...this.#nodes.values()]
  }

  /** Returns the node with that name. Throws if there is none. */
  node(name: string): LabNode {
    const node = this.#nodes.get(name)
    if (!node) throw new Error(`the lab has no node ${name}`)
    return node
  }

  /** Boots a node. All nodes can resolve each other's names. Takes about a second with a filled cache. */
  async startNode(options: NodeOptions): Promise<LabNode> {
    const [node] = await this.startNodes(options)
    return node as LabNode
  }

  /** Boots several nodes in parallel, after the host has room for all of them. */
  async startNodes(...nodes: readonly NodeOptions[]): Promise<LabNode[]> {
    const odd = nodes.find(({ name }) => !/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/.test(name))
    if (odd !== undefined) throw new Error(`a node cannot be called "${odd.name}"`)
    await takeRoom(
      this.id,
      nodes.map(node => node.name),
    )
    const booted = await Promise.allSettled(nodes.map(node => this.#boot(node)))
    return booted.map(one => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  }

  async #boot(options: NodeOptions): Promise<LabNode> {
    const { name, kubernetes = 'v1.37.2', binds = [] } = options
    try {
      const [labId, net, host] = [this.id, this.#net, this.#hostNumber(name)]
      const hosts = readFileSync(this.#hostsFile, 'utf8')
      const node = await boot({ labId, net, host, name, kubernetes, versions: this.#versions, binds, hosts })
      appendFileSync(this.knownHostsPath, `${node.address},${node.address6},${name} ${node.hostPublicKey}\n`)
      // Nodes that were started in the meantime are missing in the hosts file of this one.
      const later = readFileSync(this.#hostsFile, 'utf8').slice(hosts.length)
      appendFileSync(join(node.rootPath, 'etc/hosts'), later)
      this.#nodes.set(name, node)
      return node
    } catch (error) {
      removeNode(this.id, name)
      throw error
    }
  }

  /** A TCP load balancer at the host's address in this network; it ends with the lab. */
  async startBalancer(port: number, backends: readonly LabNode[]): Promise<Balancer> {
    const addresses = backends.map(node => node.address)
    const balancer = await startBalancer(this.gateway, port, addresses)
    this.#balancers.push(balancer)
    return balancer
  }

  /** Cuts a node's power, unless it is off, and boots it again with its files. Use the returned node from then on. */
  async rebootNode(name: string): Promise<LabNode> {
    this.node(name)
    const state = readNode(this.id, name)
    if (state === undefined) throw new Error(`node ${name} has lost its record`)
    endNode(this.id, name)
    const { init: _, ...facts } = state
    const node = await powerOn(this.id, facts)
    this.#nodes.set(name, node)
    return node
  }

  /** Ends a node and removes everything it had; its name can be used again. */
  async stopNode(name: string): Promise<void> {
    await this.node(name).stop()
    this.#nodes.delete(name)
  }

  /**
   * Gives the cluster a pod network, as a network add-on would: see `pods.ts`.
   * @param controlPlane a node with /etc/kubernetes/admin.conf.
   */
  connectPods(controlPlane: LabNode): Promise<void> {
    return connectPods(controlPlane, this.nodes)
  }

  /** Kills all nodes and removes the lab with everything it had on this host. */
  async stop(): Promise<void> {
    owned.delete(this.id)
    await Promise.all(this.#balancers.map(balancer => balancer.close()))
    await withLock('labs', async () => removeLabNow(this.id))
    this.#nodes.clear()
  }

  get #hostsFile(): string {
    return join(labDir(this.id), 'hosts')
  }

  /** Returns the number of a node's addresses. A new name gets the next one, and all nodes can resolve it. */
  #hostNumber(name: string): number {
    const hosts = readFileSync(this.#hostsFile, 'utf8')
    const known = new RegExp(`^[0-9.]+\\.([0-9]+) ${name}$`, 'm').exec(hosts)
    if (known) return Number(known[1])
    let host = firstHost
    while (hosts.includes(`${address(this.#net, host)} `)) host++
    if (host > 254) throw new Error('the lab network is full')
    const line = `${address(this.#net, host)} ${name}\n`
    appendFileSync(this.#hostsFile, line)
    for (const other of this.nodes) if (other.alive) appendFileSync(join(other.rootPath, 'etc/hosts'), line)
    return host
  }
}

const owned = new Set<string>()
let removesAtExit = false

/**
 * Creates an empty lab, after removing what crashed processes left.
 * It ends with this process (also on SIGINT and SIGTERM) unless it is detached.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  requireRoot()
  if (options.detached && !options.name) throw new Error('a detached lab needs a name')
  await needPrograms('ip', 'ssh-keygen', 'nsenter')
  const { name = 'lab', detached = false, most, versions = kubernetesVersions } = options
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Error(`a lab cannot be called "${name}"`)
  const id = detached ? name : `${name}-${randomBytes(3).toString('hex')}`
  return withLock('labs', async () => {
    removeDeadLabs()
    if (existsSync(labDir(id))) throw new Error(`there is a lab ${id} already: remove it first`)
    mkdirSync(join(labDir(id), 'ssh'), { recursive: true, mode: 0o700 })
    const owner = detached ? null : processRef(process.pid)
    const asked = { versions, ...(most ? { most } : {}) }
    const network = await makeNetwork(made => writeLab({ id, owner, ...made, ...asked }))
    await exec('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      'lab',
      '-f',
      join(labDir(id), 'ssh', 'id_ed25519'),
    ])
    const local = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n'
    appendFileSync(join(labDir(id), 'hosts'), local)
    if (!detached) removeAtExit(id)
    return new Lab({ id, owner, versions, ...network })
  })
}

/** Returns the detached lab with that name, created earlier by this or another process. */
export function attachLab(name: string): Lab {
  const state = readLab(name)
  if (!state) throw new Error(`there is no lab ${name}`)
  return new Lab(state)
}

/** Removes a lab by its id (for a detached one: its name); does nothing when there is none. */
export async function removeLab(id: string): Promise<void> {
  requireRoot()
  owned.delete(id)
  await withLock('labs', async () => removeLabNow(id))
}

function removeAtExit(id: string): void {
  if (!removesAtExit) {
    removesAtExit = true
    process.once('exit', removeOwned)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        removeOwned()
        process.kill(process.pid, signal)
      })
  }
  owned.add(id)
}

function removeOwned(): void {
  for (const id of owned) {
    owned.delete(id)
    removeLabNow(id)
  }
}
