import type { MachineFacts } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { endsRun } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { extraCaDirs } from '../../render/static-pod/volumes.ts'
import { defaultAddress, networkQuestions, parseNetwork } from './addresses.ts'
import { readClock } from './clock.ts'
import { type Answers, ask, lines } from './questions.ts'

/** kubeadm's order; the first is the default. */
const knownSockets = ['/var/run/containerd/containerd.sock', '/var/run/crio/crio.sock', '/var/run/cri-dockerd.sock']

const socketTimeoutMs = 2000

const questions = {
  ...networkQuestions,
  hostname: 'cat /proc/sys/kernel/hostname || uname -n',
  caDirs: `for d in ${extraCaDirs.join(' ')}; do test -e "$d" && echo "$d"; done`,
  environment: 'env',
  resolved: 'systemctl is-active systemd-resolved',
  // As the kubelet reports them: nodeInfo.machineID and nodeInfo.systemUUID.
  machineId: 'cat /etc/machine-id || cat /var/lib/dbus/machine-id',
  bootId: 'cat /proc/sys/kernel/random/boot_id',
  productUuid: 'cat /sys/class/dmi/id/product_uuid || cat /proc/device-tree/system-id || cat /proc/device-tree/vm,uuid',
} as const

/**
 * Reads the facts of a host for configuration and preflight in one round trip; connects to sockets and reads the clock
 * in parallel.
 */
export async function readFacts(host: HostReader): Promise<MachineFacts> {
  const [answers, sockets, clock] = await Promise.all([ask(host, questions), answeringSockets(host), readClock(host)])
  return { ...parseFacts(answers), criSockets: sockets, ...given({ clock }) }
}

/** Parses the answers. Sockets and clock are read separately. */
export function parseFacts(answers: Answers): Omit<MachineFacts, 'criSockets' | 'clock'> {
  const network = parseNetwork(answers)
  const v4 = defaultAddress(network, 'ipv4')
  const v6 = defaultAddress(network, 'ipv6')
  const machineId = answers('machineId').trim()
  const bootId = answers('bootId').trim()
  const productUuid = answers('productUuid').replace('\0', '').trim().toLowerCase()
  const links = network.interfaces.filter(link => link.up && !link.loopback && link.mtu > 0)
  return {
    hostname: answers('hostname').trim(),
    ...given({ defaultAddress: v4, defaultAddress6: v6 }),
    caDirs: lines(answers('caDirs')),
    proxyEnv: parseProxyEnv(answers('environment')),
    // A service that systemd keeps restarting is "activating". As in kubeadm it counts as active.
    systemdResolved: ['active', 'activating'].includes(answers('resolved').trim()),
    ...(machineId === '' ? {} : { machineId }),
    ...(productUuid === '' ? {} : { productUuid }),
    ...(bootId === '' ? {} : { bootId }),
    links: links.map(({ name, mtu, addresses }) => ({ name, mtu, addresses })),
  }
}

function parseProxyEnv(text: string): MachineFacts['proxyEnv'] {
  const found = lines(text).flatMap(line => {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(line) ?? []
    return name?.toLowerCase().endsWith('_proxy') && value !== undefined ? [{ name, value }] : []
  })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function answeringSockets(host: HostReader): Promise<readonly string[]> {
  const answers = await Promise.all(knownSockets.map(socket => answering(host, socket)))
  return knownSockets.filter((_, i) => answers[i]).map(socket => `unix://${socket}`)
}

async function answering(host: HostReader, socket: string): Promise<boolean> {
  const limit = AbortSignal.timeout(socketTimeoutMs)
  try {
    const stream = await host.connect({ socket }, { signal: limit })
    stream.destroy()
    return true
  } catch (error) {
    if (endsRun(error)) throw error
    // A timeout does not mean absent: the runtime may be busy, or the connection slow.
    return limit.aborted && (await host.stat(socket)) !== undefined
  }
}
