/** One line of `journalctl -o short-unix`. */
export interface JournalLine {
  /** Seconds since 1970, by the machine's clock. */
  readonly at: number
  readonly text: string
}

/** The kubelet could not bring a static pod on. */
export interface SyncError {
  readonly at: number
  /** `etcd`: the pod's name without the node's. */
  readonly component: string
  /** `ErrImagePull`, `CreatePodSandboxError` */
  readonly reason: string
  readonly message: string
  /** The image that the message names. */
  readonly image?: string
  readonly line: string
}

/** Lines with their time; others, such as those of an unreadable journal, are left out. */
export function parseJournal(text: string): readonly JournalLine[] {
  return text.split('\n').flatMap(line => {
    const parsed = /^(\d+\.\d+) \S+ [^:]+: (.*)$/.exec(line)
    return parsed === null ? [] : [{ at: Number(parsed[1]), text: parsed[2] ?? '' }]
  })
}

/** The kubelet's "Error syncing pod" for static pods, whose names are `<component>-<node>`. */
export function parseSyncErrors(journal: readonly JournalLine[]): readonly SyncError[] {
  return journal.flatMap(({ at, text }) => {
    if (!text.includes('"Error syncing pod')) return []
    // The message is quoted once per layer that it passed; one kind of quote is enough to read it.
    const plain = text.replace(/\\+"/g, '"')
    const parsed = /err="failed to "\w+" for "[^"]+" with (\w+): "(.*)"" pod="kube-system\/([^"]+)"/.exec(plain)
    const [, reason = '', message = '', pod = ''] = parsed ?? []
    const component = components.find(name => pod.startsWith(`${name}-`))
    if (component === undefined) return []
    const image = /image (?:tag )?"([^"]+)"/.exec(message)?.[1]
    return [{ at, component, reason, message, line: plain, ...(image === undefined ? {} : { image }) }]
  })
}

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
