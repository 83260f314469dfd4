import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hierarchies, makeCgroup } from './cgroups.ts'
import { exec } from './exec.ts'
import { childrenOf } from './host.ts'
import { cloneImages, imageTemplate } from './imagestore.ts'
import { address, address6, plug } from './network.ts'
import { LabNode } from './node.ts'
import { labSource } from './paths.ts'
import { nodeLayers } from './rootfs.ts'
import { cgroupName, labDir, type NodeState, nodeDir, processRef, writeNode } from './state.ts'
import type { KubernetesVersion } from './versions.ts'

/** A directory of this host that is mounted read-only on a node at `to`. */
export interface Bind {
  from: string
  to: string
}

export interface BootOptions {
  labId: string
  net: number
  host: number
  name: string
  kubernetes: KubernetesVersion
  /** Versions that the node has images and real kubeadms of. */
  versions: readonly KubernetesVersion[]
  binds: readonly Bind[]
  /** Content of /etc/hosts. */
  hosts: string
}

/** Boots a node and returns after systemd has started everything, sshd answers and containerd accepts calls. */
export async function boot(options: BootOptions): Promise<LabNode> {
  const { labId, net, host, name, kubernetes, versions } = options
  const [layers, template] = [await nodeLayers(kubernetes, versions), await imageTemplate(versions)]
  const dir = nodeDir(labId, name)
  const root = join(dir, 'root')
  for (const part of ['upper', 'work', 'root', 'containerd', 'kubelet']) mkdirSync(join(dir, part), { recursive: true })
  const images = cloneImages(template, join(dir, 'containerd'))
  const hostPublicKey = await makeHostKey(dir)
  const overlay = `lowerdir=${layers.join(':')},upperdir=${join(dir, 'upper')},workdir=${join(dir, 'work')}`
  await exec('mount', ['-t', 'overlay', 'overlay', '-o', overlay, root])
  // Container file systems are overlays, and an overlay cannot be on another one.
  for (const part of ['containerd', 'kubelet']) await bind(join(dir, part), join(root, 'var/lib', part))
  for (const { from, to } of options.binds) await bind(from, join(root, to), 'ro')
  personalise(root, dir, options)
  await images
  return powerOn(labId, {
    name,
    kubernetes,
    address: address(net, host),
    address6: address6(net, host),
    hostPublicKey,
  })
}

/** Starts a node from existing files: a new one, or one that was ended. */
export async function powerOn(labId: string, facts: Omit<NodeState, 'init'>): Promise<LabNode> {
  const { name } = facts
  const [net = 0, host = 0] = facts.address.split('.').slice(2).map(Number)
  const dir = nodeDir(labId, name)
  makeCgroup(cgroupName(labId, name))
  const env = {
    LAB_NODE: name,
    LAB_ROOT: join(dir, 'root'),
    LAB_ADDRESS: facts.address,
    LAB_GATEWAY: address(net, 1),
    LAB_ADDRESS6: facts.address6,
    LAB_GATEWAY6: address6(net, 1),
    LAB_CGROUP: cgroupName(labId, name),
    LAB_CGROUPS: hierarchies()
      .map(one => [one.mountPoint, one.type, one.options].join(' ').trim())
      .join('\n'),
  }
  const state = await start(dir, env, async pid => {
    const record = { ...facts, init: processRef(pid) }
    writeNode(labId, record)
    await plug(net, host, pid)
    return record
  })
  const node = new LabNode(labId, state)
  await untilReady(node, join(dir, 'console.log'))
  return node
}

/** Starts boot.sh in new namespaces, calls `ready` with its process ID, then lets it continue. */
async function start<T>(dir: string, env: Record<string, string>, ready: (pid: number) => Promise<T>): Promise<T> {
  const log = openSync(join(dir, 'console.log'), 'a')
  const namespaces = [
    '--pid',
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--fork',
    '--kill-child=SIGKILL',
    '--propagation',
    'private',
  ]
  const child = spawn('unshare', [...namespaces, 'bash', join(labSource, 'boot.sh')], {
    detached: true,
    stdio: ['pipe', log, log],
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...env },
  })
  closeSync(log)
  child.on('error', () => {}) // the missing process is reported below
  let init: number | undefined
  for (let attempt = 0; init === undefined && attempt < 400 && child.exitCode === null; attempt++) {
    await sleep(5)
    if (child.pid) init = childrenOf(child.pid)[0]
  }
  if (init === undefined)
    throw new Error(`a node's namespaces cannot be made: ${readFileSync(join(dir, 'console.log'), 'utf8')}`)
  const result = await ready(init)
  child.stdin?.on('error', () => {})
  child.stdin?.end('go\n')
  child.unref()
  return result
}

async function bind(from: string, to: string, access: 'rw' | 'ro' = 'rw'): Promise<void> {
  mkdirSync(to, { recursive: true })
  await exec('mount', ['--bind', from, to])
  if (access === 'ro') await exec('mount', ['-o', 'remount,bind,ro', to])
}

async function makeHostKey(dir: string): Promise<string> {
  const file = join(dir, 'host_key')
  await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  return readFileSync(`${file}.pub`, 'utf8').trim()
}

/** Writes what is specific to a node: its name, keys and addresses. */
function personalise(root: string, dir: string, { labId, name, hosts }: BootOptions): void {
  writeFileSync(join(root, 'etc/hostname'), `${name}\n`)
  writeFileSync(join(root, 'etc/hosts'), hosts)
  // An address of the node itself without a server: lookups fail at once. See boot.sh.
  writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 169.254.53.53\n')
  writeFileSync(join(root, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`)
  writeFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), readFileSync(join(dir, 'host_key')), { mode: 0o600 })
  writeFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), readFileSync(join(dir, 'host_key.pub')))
  const key = readFileSync(join(labDir(labId), 'ssh', 'id_ed25519.pub'))
  for (const [home, id] of [
    ['root', 0],
    ['home/ops', 1000],
    ['home/guest', 1001],
  ] as const) {
    const ssh = join(root, home, '.ssh')
    mkdirSync(ssh, { recursive: true, mode: 0o700 })
    writeFileSync(join(ssh, 'authorized_keys'), key, { mode: 0o600 })
    for (const file of [ssh, join(ssh, 'authorized_keys')]) chownSync(file, id, id)
  }
}

async function untilReady(node: LabNode, consoleLog: string): Promise<void> {
  const end = Date.now() + 60_000
  const steps: [what: string, done: () => Promise<boolean>][] = [
    ['containerd', () => answers({ path: `/proc/${node.pid}/root/run/containerd/containerd.sock` })],
    ['sshd', () => answers({ host: node.address, port: 22 }, 'SSH-')],
    ['systemd', () => started(node)],
  ]
  for (const [what, done] of steps)
    while (!(await done())) {
      if (node.alive && Date.now() < end) {
        await sleep(100)
        continue
      }
      const failed = node.alive
        ? (await node.run('systemctl --failed --plain; journalctl -n 30 --no-pager', { check: false, timeoutMs: 5000 }))
            .stdout
        : ''
      const log = existsSync(consoleLog) ? readFileSync(consoleLog, 'utf8').split('\n').slice(-20).join('\n') : ''
      throw new Error(`node ${node.name} did not come up: ${what} does not answer\n${failed}\n${log}`)
    }
}

async function started(node: LabNode): Promise<boolean> {
  const { stdout } = await node.run(['systemctl', 'is-system-running'], { check: false, timeoutMs: 10_000 })
  return /^(running|degraded)/.test(stdout)
}

/** True if a connection opens and, if requested, the peer's first text starts with `greeting`. */
function answers(target: { path: string } | { host: string; port: number }, greeting?: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(target)
    const finish = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(1000, () => finish(false))
    socket.on('error', () => finish(false))
    if (greeting) socket.on('data', chunk => finish(chunk.toString().startsWith(greeting)))
    else socket.on('connect', () => finish(true))
  })
}
