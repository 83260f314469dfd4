import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { exec } from './exec.ts'
import { bridgeName, type LabNetwork } from './state.ts'

/** Addresses of one lab: `net` is the N of 10.77.N.0/24 and fd77:0:0:N::/64; hosts are numbered from 1, the bridge. */
export const address = (net: number, host: number) => `10.77.${net}.${host}`
export const address6 = (net: number, host: number) => `fd77:0:0:${net.toString(16)}::${host.toString(16)}`

const range = (net: number) => `10.77.${net}.0/24`
const range6 = (net: number) => `fd77:0:0:${net.toString(16)}::/64`
/**
 * The metric of the routes that stop a lab's traffic without its bridge: higher than the bridge's, and unique per lab.
 */
const stopMetric = (mac: string) => String(1000 + Number.parseInt(mac.replaceAll(':', '').slice(-6), 16))

/**
 * Creates a bridge with a subnet that no other lab has, and lower-priority routes that keep its traffic on the host.
 * Call it under the lock `labs`.
 * @param record stores what will be created, so that clean-up finds it if this process ends.
 */
export async function makeNetwork(record: (network: LabNetwork) => void): Promise<LabNetwork> {
  const [addresses, routes] = await Promise.all([
    exec('ip', ['-o', 'addr', 'show']),
    exec('ip', ['route', 'show', 'table', 'all']),
  ])
  for (let net = 1; net < 255; net++) {
    if (addresses.stdout.includes(` 10.77.${net}.`) || routes.stdout.includes(` 10.77.${net}.`)) continue
    if ((await exec('ip', ['link', 'show', bridgeName(net)], { check: false })).code === 0) continue
    const network = { net, mac: `02:${[...randomBytes(5)].map(octet).join(':')}` }
    record(network)
    // The kernel rejects a duplicate name, which decides who gets the subnet.
    const made = await exec('ip', ['link', 'add', bridgeName(net), 'address', network.mac, 'type', 'bridge'], {
      check: false,
    })
    if (made.code !== 0 && /File exists/.test(made.stderr)) continue
    if (made.code !== 0) throw new Error(`cannot make the network bridge ${bridgeName(net)}: ${made.stderr.trim()}`)
    await configure(network)
    return network
  }
  throw new Error('all 254 lab networks are taken: remove labs you no longer need')
}

async function configure({ net, mac }: LabNetwork): Promise<void> {
  const bridge = bridgeName(net)
  await exec('ip', ['route', 'add', 'unreachable', range(net), 'metric', stopMetric(mac)])
  await exec('ip', ['-6', 'route', 'add', 'unreachable', range6(net), 'metric', stopMetric(mac)])
  await exec('ip', ['addr', 'add', `${address(net, 1)}/24`, 'dev', bridge])
  await exec('ip', ['-6', 'addr', 'add', `${address6(net, 1)}/64`, 'dev', bridge, 'nodad'])
  await exec('ip', ['link', 'set', bridge, 'up'])
}

/** Removes what `makeNetwork` made. A bridge of that name with another hardware address belongs to another program. */
export function removeNetwork({ net, mac }: LabNetwork): void {
  const bridge = bridgeName(net)
  const shown = spawnSync('ip', ['-o', 'link', 'show', bridge, 'type', 'bridge'], { encoding: 'utf8' }).stdout ?? ''
  if (shown.includes(` ${mac} `)) deleteLink(bridge)
  spawnSync('ip', ['route', 'del', 'unreachable', range(net), 'metric', stopMetric(mac)])
  spawnSync('ip', ['-6', 'route', 'del', 'unreachable', range6(net), 'metric', stopMetric(mac)])
}

/** Removes the host's end of the cable of the node with this IPv4 address. */
export function unplug(nodeAddress: string): void {
  deleteLink(portOf(nodeAddress))
}

function deleteLink(name: string): void {
  spawnSync('ip', ['link', 'delete', name])
}
/** Gives the network namespace of process `pid` an interface eth0 on the lab's bridge. */
export async function plug(net: number, host: number, pid: number): Promise<void> {
  const port = portName(net, host)
  // The same after a reboot, because others cache it.
  const mac = `02:4b:41:44:${octet(net)}:${octet(host)}`
  const peer = ['peer', 'name', 'eth0', 'address', mac, 'netns', String(pid)]
  await exec('ip', ['link', 'add', port, 'type', 'veth', ...peer])
  await exec('ip', ['link', 'set', port, 'master', bridgeName(net), 'up'])
}

/** Disconnects the cable of the node with this IPv4 address (`up` false) or connects it again. */
export async function setPort(address: string, up: boolean): Promise<void> {
  await exec('ip', ['link', 'set', portOf(address), up ? 'up' : 'down'])
  // Otherwise this host reports no route for another second.
  if (up) await exec('ip', ['neigh', 'flush', 'to', address], { check: false })
}

/** The host's end of the cable of the node with this IPv4 address. */
export function portOf(address: string): string {
  const [, , net, host] = address.split('.').map(Number)
  return portName(net ?? 0, host ?? 0)
}

const octet = (number: number) => number.toString(16).padStart(2, '0')
const portName = (net: number, host: number) => `${bridgeName(net)}-${host}`
