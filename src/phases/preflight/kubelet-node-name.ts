import { registeredName } from '../../render/kubelet.ts'
import { type Check, type Finding, failure } from './check.ts'
import type { NodeFacts } from './node-facts.ts'

/** Fails if the kubelet would register under another name than the node's: the run would wait for its Node forever. */
export const kubeletNodeName: Check = {
  name: 'KubeletNodeName',
  run: ({ ctx: { node }, facts }) => judgeNameOverride(registeredName(node), facts.kubeletUnit),
}

/** Flags in the service of the kubelet, as in /etc/default/kubelet, override kadm's. */
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

/** The last occurrence applies; the value may be the next word. */
function overrideIn(words: readonly string[]): string | undefined {
  const values = words.flatMap((word, i) => {
    if (word === flag) return [words[i + 1] ?? '']
    return word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : []
  })
  return values.at(-1)?.trim().toLowerCase() || undefined
}
