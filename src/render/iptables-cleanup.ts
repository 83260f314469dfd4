/** Chains of kube-proxy and the kubelet in one table, and rules of others that jump to them. */
interface KubeTable {
  readonly table: string
  readonly chains: readonly string[]
  /** As printed by iptables-save: `-A PREROUTING … -j KUBE-SERVICES`. */
  readonly jumps: readonly string[]
}

/** Returns the Kubernetes part of the output of iptables-save; tables without one are left out. */
export function parseKubeTables(saved: string): readonly KubeTable[] {
  return saved
    .split(/^\*/m)
    .slice(1)
    .map(section => {
      const [table = '', ...lines] = section.split('\n')
      return {
        table,
        chains: lines.flatMap(line => /^:(KUBE-\S+)/.exec(line)?.[1] ?? []),
        jumps: lines.filter(line => /^-A (?!KUBE-).* -[jg] KUBE-/.test(withoutTexts(line))),
      }
    })
    .filter(({ chains }) => chains.length > 0)
}

/** Returns a rule without quoted text: a comment can contain any words. */
function withoutTexts(rule: string): string {
  return rule.replace(/"(?:\\.|[^"\\])*"/g, '""')
}

/**
 * Returns input for `iptables-restore --noflush` that removes only those chains: declaring a chain again empties it, so
 * that no chain jumps to another when they are removed. Source: kube-proxy's own clean-up.
 */
export function renderIptablesCleanup(tables: readonly KubeTable[]): string {
  const sections = tables.map(({ table, chains, jumps }) => [
    `*${table}`,
    ...chains.map(chain => `:${chain} - [0:0]`),
    ...jumps.map(rule => rule.replace(/^-A/, '-D')),
    ...chains.map(chain => `-X ${chain}`),
    'COMMIT',
  ])
  return sections.map(lines => `${lines.join('\n')}\n`).join('')
}
