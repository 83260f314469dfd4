import { registeredName } from '../../render/kubelet.ts'
import { type Check, type Finding, failure } from './check.ts'
import type { NodeFacts } from './node-facts.ts'

/** A kubelet that registers under another name than the node's has no Node that this run could wait for. */
export const kubeletNodeName: Check = {
  name: 'KubeletNodeName',
  run: ({ ctx: { node }, facts }) => judgeNameOverride(registeredName(node), facts.kubeletUnit),
}

/** What the service of the kubelet says itself, as in /etc/default/kubelet, wins over what kadm gives it. */
export function judgeNameOverride(name: string, unit: NodeFacts['kubeletUnit']): readonly Finding[] {
  const override = overrideIn(unit?.words([]) ?? [])
  if (override === undefined || override === name) return []
  return [
    failure(
      `the service of the kubelet sets --hostname-override=${override}: the kubelet would register as ${override}, and this node is to be ${name}`,
      `take the flag out of /etc/default/kubelet, or of the file that \`systemctl cat kubelet\` shows; or give the same name with --node-name ${override}`,
    ),
  ]
}

const flag = '--hostname-override'

/** The last one counts; the value may be a word of its own. */
function overrideIn(words: readonly string[]): string | undefined {
  const values = words.flatMap((word, i) => {
    if (word === flag) return [words[i + 1] ?? '']
    return word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : []
  })
  return values.at(-1)?.trim().toLowerCase() || undefined
}
