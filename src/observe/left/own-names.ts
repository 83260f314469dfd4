import ipaddr from 'ipaddr.js'
import type { HostReader } from '../../host/host.ts'
import { networkQuestions, parseNetwork } from '../machine/addresses.ts'
import { ask } from '../machine/questions.ts'
import { readLeftNode } from './left-node.ts'

/** The names and addresses of a host, from the host itself. */
export interface OwnNames {
  /** The name of its node. */
  readonly node: string
  readonly hostname: string
  /** The addresses of its interfaces that are up, except loopback and link-local ones. */
  readonly addresses: readonly string[]
}

const questions = { ...networkQuestions, hostname: 'cat /proc/sys/kernel/hostname || uname -n' } as const

/** Reads the names of a host without asking its kubelet or the cluster. */
export async function readOwnNames(host: HostReader, certificatesDir: string): Promise<OwnNames> {
  const [answers, left] = await Promise.all([ask(host, questions), readLeftNode(host, certificatesDir)])
  const hostname = answers('hostname').trim().toLowerCase()
  const links = parseNetwork(answers).interfaces.filter(({ up, loopback }) => up && !loopback)
  return {
    node: left.name ?? hostname,
    hostname,
    addresses: links.flatMap(({ addresses }) => addresses).filter(isReachable),
  }
}

function isReachable(text: string): boolean {
  return ipaddr.isValid(text) && !['loopback', 'linkLocal', 'unspecified'].includes(ipaddr.parse(text).range())
}
