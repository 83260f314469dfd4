import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type Cluster, type ControlPlaneNode, controlPlanesOf } from '../../src/cluster/cluster.ts'
import { completeInit } from '../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { makeFacts } from '../fixtures/cluster.ts'

/** The CA directories of the host that the cases and the golden cluster were recorded on. */
export const recordedCaDirs = ['/etc/ca-certificates', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates']

export interface RecordedCase {
  readonly name: string
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly externalCa: boolean
  /** The file that kubeadm wrote; undefined if it wrote none. */
  readonly expected: (file: string) => string | undefined
}

const root = new URL('../fixtures/static-pods/', import.meta.url)

/** Every directory of fixtures/static-pods: the files that record.sh recorded from kubeadm, and their configuration. */
export function readCases(): readonly RecordedCase[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return folders.map(({ name }) => {
    const at = (file: string): URL => new URL(`${name}/${file}`, root)
    const read = (file: string) => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : undefined)
    const cluster = readConfig(`${name}/config.yaml`, read('config.yaml') ?? '', read('env') ?? '')
    const [node] = controlPlanesOf(cluster)
    if (node === undefined) throw new Error(`${name} has no node`)
    return { name, cluster, node, externalCa: existsSync(at('external-ca')), expected: read }
  })
}

function readConfig(path: string, text: string, env: string): Cluster {
  const parsed = parseInit({
    file: { path, text },
    flags: {},
    startedAt: new Date(0),
    randomToken: () => 'abcdef.0123456789abcdef',
  })
  return completeInit(settleInit(parsed, undefined), makeFacts({ caDirs: recordedCaDirs, proxyEnv: proxies(env) }))
    .cluster
}

function proxies(env: string): { name: string; value: string }[] {
  return env
    .split('\n')
    .map(line => ({ name: line.split('=')[0] ?? '', value: line.split('=').slice(1).join('=') }))
    .filter(({ name, value }) => name.toLowerCase().endsWith('_proxy') && value !== '')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
