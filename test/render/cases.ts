import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Cluster, Node } from '../../src/cluster/cluster.ts'
import { parseDuration } from '../../src/cluster/duration.ts'
import type { ClusterConfiguration, Timeouts } from '../../src/cluster/spec.ts'
import { makeCluster, makeConfig, makeFacts, makeNode, makeRunOptions } from '../fixtures/cluster.ts'

/** The CA directories of the machine that the cases and the golden cluster were recorded on. */
export const recordedCaDirs = ['/etc/ca-certificates', '/usr/share/ca-certificates', '/usr/local/share/ca-certificates']

export interface RecordedCase {
  readonly name: string
  readonly cluster: Cluster
  readonly node: Node
  readonly externalCa: boolean
  /** What kubeadm wrote, undefined when it wrote no such file. */
  readonly expected: (file: string) => string | undefined
}

interface InitDocument {
  readonly localAPIEndpoint: { readonly advertiseAddress: string; readonly bindPort?: number }
  readonly nodeRegistration: { readonly name: string }
  readonly timeouts?: Readonly<Record<string, string>>
}

const root = new URL('../fixtures/static-pods/', import.meta.url)

/** Every folder of fixtures/static-pods: what record.sh there made kubeadm write, and the configuration it was given. */
export function readCases(): readonly RecordedCase[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return folders.map(({ name }) => {
    const at = (file: string): URL => new URL(`${name}/${file}`, root)
    const [init, cluster] = parseAllDocuments(readFileSync(at('config.yaml'), 'utf8')).map(doc => doc.toJS()) as [
      InitDocument,
      Partial<ClusterConfiguration>,
    ]
    const env = existsSync(at('env')) ? readFileSync(at('env'), 'utf8') : ''
    return {
      name,
      cluster: makeCluster({ config: clusterConfig(cluster), run: { timeouts: timeouts(init.timeouts ?? {}) } }),
      node: makeNode({
        name: init.nodeRegistration.name,
        bindPort: 6443,
        ...init.localAPIEndpoint,
        facts: makeFacts({ caDirs: recordedCaDirs, proxyEnv: proxies(env) }),
      }),
      externalCa: existsSync(at('external-ca')),
      expected: file => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : undefined),
    }
  })
}

function clusterConfig(given: Partial<ClusterConfiguration>): ClusterConfiguration {
  const defaults = makeConfig()
  const local = given.etcd?.external === undefined ? { dataDir: '/var/lib/etcd', ...given.etcd?.local } : undefined
  return {
    ...defaults,
    ...given,
    networking: { ...defaults.networking, ...given.networking },
    etcd: { ...given.etcd, ...(local === undefined ? {} : { local }) },
  }
}

function timeouts(given: Readonly<Record<string, string>>): Timeouts {
  const parsed = Object.entries(given).map(([name, text]) => [name, parseDuration(text)])
  return { ...makeRunOptions().timeouts, ...Object.fromEntries(parsed) }
}

function proxies(env: string): { name: string; value: string }[] {
  return env
    .split('\n')
    .map(line => ({ name: line.split('=')[0] ?? '', value: line.split('=').slice(1).join('=') }))
    .filter(({ name, value }) => name.toLowerCase().endsWith('_proxy') && value !== '')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
