import type { MachineFacts } from '../cluster/cluster.ts'
import type { HostReader } from '../host/host.ts'
import { extraCaDirs } from '../render/static-pod/volumes.ts'
import { defaultAddress, networkQuestions, parseNetwork } from './addresses.ts'
import { type Answers, ask, lines } from './questions.ts'

/** kubeadm's order; the first is its default. */
const knownSockets = ['/var/run/containerd/containerd.sock', '/var/run/crio/crio.sock', '/var/run/cri-dockerd.sock']

const socketTimeoutMs = 2000

const questions = {
  ...networkQuestions,
  hostname: 'cat /proc/sys/kernel/hostname || uname -n',
  caDirs: `for d in ${extraCaDirs.join(' ')}; do test -e "$d" && echo "$d"; done`,
  environment: 'env',
  resolved: 'systemctl is-active systemd-resolved',
} as const

/** What configuration needs to know of a machine; one round trip, with the sockets dialled side by side. */
export async function readFacts(host: HostReader): Promise<MachineFacts> {
  const [answers, sockets] = await Promise.all([ask(host, questions), answeringSockets(host)])
  return { ...parseFacts(answers), criSockets: sockets }
}

/** Facts from the answers; the sockets come from dialling them. */
export function parseFacts(answers: Answers): Omit<MachineFacts, 'criSockets'> {
  const network = parseNetwork(answers)
  const v4 = defaultAddress(network, 'ipv4')
  const v6 = defaultAddress(network, 'ipv6')
  return {
    hostname: answers('hostname').trim(),
    ...(v4 === undefined ? {} : { defaultAddress: v4 }),
    ...(v6 === undefined ? {} : { defaultAddress6: v6 }),
    caDirs: lines(answers('caDirs')),
    proxyEnv: parseProxyEnv(answers('environment')),
    // A service that systemd keeps restarting says "activating"; kubeadm counts it as active.
    systemdResolved: ['active', 'activating'].includes(answers('resolved').trim()),
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
  try {
    const stream = await host.connect({ socket }, { signal: AbortSignal.timeout(socketTimeoutMs) })
    stream.destroy()
    return true
  } catch {
    return false
  }
}
