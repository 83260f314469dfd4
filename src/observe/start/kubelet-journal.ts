import { given } from '../../cluster/given.ts'
import { wholeEntries } from './klog-values.ts'

/** One line of `journalctl -o short-unix`. */
export interface JournalLine {
  /** Unix time in seconds, by the host's clock. */
  readonly at: number
  readonly text: string
}

/** An error of the kubelet when it starts a static pod. */
export interface SyncError {
  readonly at: number
  /** `etcd`: the pod's name without the node's. */
  readonly component: string
  /** `ErrImagePull`, `CreatePodSandboxError` */
  readonly reason: string
  readonly message: string
  /** The image in the message. */
  readonly image?: string
  readonly line: string
}

/** Returns entries with their time, each in one line. Others, as of an unreadable journal, are left out. */
export function parseJournal(text: string): readonly JournalLine[] {
  const lines = text.split('\n').flatMap(line => {
    const parsed = /^(\d+\.\d+) \S+ [^:]+: (.*)$/.exec(line)
    return parsed === null ? [] : [{ at: Number(parsed[1]), text: parsed[2] ?? '' }]
  })
  return wholeEntries(lines)
}

/** Returns the name of a mirror pod: `etcd-cp1`. A CronJob's `etcd-backup-28912345-x7k2p` only has the same prefix. */
export function staticPodName(component: string, nodeName: string): string {
  return `${component}-${nodeName}`
}

/** Returns the kubelet's "Error syncing pod" messages for the static pods of these components. */
export function parseSyncErrors(
  journal: readonly JournalLine[],
  components: readonly string[],
  nodeName: string,
): readonly SyncError[] {
  return journal.flatMap(({ at, text }) => {
    if (!text.includes('"Error syncing pod')) return []
    // Each layer quotes the message once more; one kind of quote is enough to parse it.
    const plain = text.replace(/\\+"/g, '"')
    const parsed = /err="failed to "\w+" for "[^"]+" with (\w+): "(.*)"" pod="kube-system\/([^"]+)"/.exec(plain)
    const [, reason = '', message = '', pod = ''] = parsed ?? []
    const component = components.find(name => pod === staticPodName(name, nodeName))
    if (component === undefined) return []
    const image = /image (?:tag )?"([^"]+)"/.exec(message)?.[1]
    return [{ at, component, reason, message, line: plain, ...given({ image }) }]
  })
}
