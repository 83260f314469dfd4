import { exec } from './exec.ts'
import { bridgeName } from './state.ts'

/** Addresses of one lab: `net` is the N of 10.77.N.0/24 and fd77:0:0:N::/64; hosts are numbered from 1, the bridge. */
export const address = (net: number, host: number) => `10.77.${net}.${host}`
export const address6 = (net: number, host: number) => `fd77:0:0:${net.toString(16)}::${host.toString(16)}`

/** Makes a bridge with a subnet that no other lab has and returns the subnet's number. Call under the lock `labs`. */
export async function makeBridge(): Promise<number> {
  const taken = (await exec('ip', ['-o', 'addr', 'show'])).stdout
  for (let net = 1; net < 255; net++) {
    if (taken.includes(` 10.77.${net}.`)) continue
    const bridge = bridgeName(net)
    // The kernel refuses a name twice, which settles who has the subnet.
    const made = await exec('ip', ['link', 'add', bridge, 'type', 'bridge'], { check: false })
    if (made.code !== 0 && /File exists/.test(made.stderr)) continue
    if (made.code !== 0) throw new Error(`cannot make the network bridge ${bridge}: ${made.stderr.trim()}`)
    await exec('ip', ['addr', 'add', `${address(net, 1)}/24`, 'dev', bridge])
    await exec('ip', ['-6', 'addr', 'add', `${address6(net, 1)}/64`, 'dev', bridge, 'nodad'])
    await exec('ip', ['link', 'set', bridge, 'up'])
    return net
  }
  throw new Error('all 254 lab networks are taken: remove labs you no longer need')
}

/** Gives the network namespace of process `pid` an interface eth0 on the lab's bridge. */
export async function plug(net: number, host: number, pid: number): Promise<void> {
  const port = portName(net, host)
  // The same after a reboot: others remember it.
  const mac = `02:4b:41:44:${octet(net)}:${octet(host)}`
  const peer = ['peer', 'name', 'eth0', 'address', mac, 'netns', String(pid)]
  await exec('ip', ['link', 'add', port, 'type', 'veth', ...peer])
  await exec('ip', ['link', 'set', port, 'master', bridgeName(net), 'up'])
}

/** Takes the cable of the node with this IPv4 address out (`up` false) or puts it back. */
export async function setPort(address: string, up: boolean): Promise<void> {
  await exec('ip', ['link', 'set', portOf(address), up ? 'up' : 'down'])
  // Else this machine goes on for a second to say that there is no route.
  if (up) await exec('ip', ['neigh', 'flush', 'to', address], { check: false })
}

/** The machine's end of the cable of the node with this IPv4 address. */
export function portOf(address: string): string {
  const [, , net, host] = address.split('.').map(Number)
  return portName(net ?? 0, host ?? 0)
}

const octet = (number: number) => number.toString(16).padStart(2, '0')
const portName = (net: number, host: number) => `${bridgeName(net)}-${host}`
