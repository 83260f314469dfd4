/** Chains of kube-proxy and the kubelet in one table, and the rules of others that lead there. */
interface KubeTable {
  readonly table: string
  readonly chains: readonly string[]
  /** As iptables-save prints them: `-A PREROUTING … -j KUBE-SERVICES`. */
  readonly jumps: readonly string[]
}

/** What Kubernetes has in the output of iptables-save; tables without any are left out. */
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

/** A rule without what is quoted in it: a comment may hold any words. */
function withoutTexts(rule: string): string {
  return rule.replace(/"(?:\\.|[^"\\])*"/g, '""')
}

/**
 * Input for `iptables-restore --noflush` that removes those chains and nothing else: a chain that is declared again is
 * emptied, so that none leads to another when they go. Source: kube-proxy's own clean-up.
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
