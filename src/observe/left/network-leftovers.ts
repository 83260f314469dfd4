import { posix } from 'node:path'
import type { Argv, HostReader } from '../../host/host.ts'
import { parseKubeTables } from '../../render/iptables-cleanup.ts'

const cniDir = '/etc/cni/net.d'

/** The Kubernetes rules of one address family in iptables. */
export interface KubeRules {
  readonly program: 'iptables' | 'ip6tables'
  readonly tables: ReturnType<typeof parseKubeTables>
}

/** What the network of a cluster leaves on a host after its pods are gone. */
export interface NetworkLeftovers {
  /** Configuration of CNI plugins that does not belong to a package of the operating system. */
  readonly cniFiles: readonly string[]
  readonly rules: readonly KubeRules[]
  /** `ip kube-proxy` */
  readonly nftTables: readonly string[]
}

/** Prints those of its arguments that no package owns. A missing package manager owns none. */
export const unowned = `
for f in "$@"; do
  if dpkg-query -S "$f" || rpm -qf "$f"; then continue; fi > /dev/null 2>&1
  printf '%s\\n' "$f"
done`

export const saveRules = (program: KubeRules['program']): Argv => [`${program}-save`]
export const listTables: Argv = ['nft', 'list', 'tables']

/** Reads configuration, rules and tables in parallel; a missing tool reports nothing. */
export async function readNetworkLeftovers(host: HostReader): Promise<NetworkLeftovers> {
  const [cniFiles, v4, v6, nft] = await Promise.all([
    readCniFiles(host),
    host.query(saveRules('iptables')),
    host.query(saveRules('ip6tables')),
    host.query(listTables),
  ])
  const rules = [
    { program: 'iptables', tables: parseKubeTables(v4.stdout) } as const,
    { program: 'ip6tables', tables: parseKubeTables(v6.stdout) } as const,
  ]
  return {
    cniFiles,
    rules: rules.filter(({ tables }) => tables.length > 0),
    nftTables: [...nft.stdout.matchAll(/^table (\S+ kube-proxy)$/gm)].map(match => match[1] ?? ''),
  }
}

async function readCniFiles(host: HostReader): Promise<readonly string[]> {
  const files = (await host.list(cniDir)).map(name => posix.join(cniDir, name))
  if (files.length === 0) return []
  const { stdout } = await host.query(['sh', '-c', unowned, 'sh', ...files])
  const free = new Set(stdout.split('\n'))
  return files.filter(file => free.has(file))
}

/** Returns one line per item, for display before it is removed or because it stays. */
export function describeNetwork({ cniFiles, rules, nftTables }: NetworkLeftovers): readonly string[] {
  const chains = rules.map(({ program, tables }) => {
    const count = tables.reduce((sum, { chains }) => sum + chains.length, 0)
    return `${count} chains KUBE-* of ${program} (${tables.map(({ table }) => table).join(', ')})`
  })
  return [...cniFiles, ...chains, ...nftTables.map(table => `the nftables table ${table}`)]
}
