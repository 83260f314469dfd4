import type { Diagnosis } from './diagnosis.ts'
import type { JournalLine } from './kubelet-journal.ts'
import type { Evidence } from './start-evidence.ts'

interface Known {
  readonly message: RegExp
  readonly hint: string
  /** Seconds without another message. The kubelet retries after 0.2 s, then less often, up to every 7 s. */
  readonly lasting?: number
}

const again = 'then run `kadm reset` on this node and join again'
const awhile = 10

/** Remedies for a Node that the API server rejects; the first match applies. */
const known: readonly Known[] = [
  {
    message: /^(?!.*(is forbidden|is invalid|denied|webhook))/,
    hint: 'check that the API server responds at the address in /etc/kubernetes/kubelet.conf, and read its response in `journalctl -u kubelet`',
    lasting: 20,
  },
  {
    message:
      /dial tcp|i\/o timeout|Client\.Timeout|TLS handshake|: EOF$|connection re(set|fused)|http2: client|etcdserver/,
    hint: 'check that the API server responds at the address in /etc/kubernetes/kubelet.conf',
    lasting: awhile,
  },
  {
    message: /admission webhook "|failed calling webhook|ValidatingAdmissionPolicy/,
    hint: 'the named webhook or policy rejects the Node: correct it, or meet its requirement; the kubelet keeps retrying',
    lasting: 2,
  },
  {
    message: /not allowed to (set|modify) .*labels|metadata\.labels/,
    hint: `correct node-labels in nodeRegistration.kubeletExtraArgs or in /etc/default/kubelet, ${again}; a control plane may set any label with \`kubectl label node\``,
  },
  {
    message: /taint/,
    hint: `correct nodeRegistration.taints, or register-with-taints in kubeletExtraArgs, ${again}`,
  },
  {
    message: /node "[^"]+" is not allowed to|can only access node|User "system:node:/,
    hint: `the certificate of the kubelet is for another name than the one it registers: look for --hostname-override in /etc/default/kubelet and in the files that \`systemctl cat kubelet\` shows, ${again}`,
  },
  {
    message: /./,
    hint: 'check what the API server rejects: `journalctl -u kubelet`; the kubelet keeps retrying',
  },
]

/** The kubelet keeps running while the API server rejects its Node, and logs each attempt. */
export function registrationRefused({ unit, journal, components, waitedFrom }: Evidence): Diagnosis | undefined {
  // While the API server itself is awaited, it can reject what it accepts later.
  if (unit.sub !== 'running' || components.length > 0) return undefined
  const done = journal.findLastIndex(({ text }) =>
    /"(Successfully registered node|Node was previously registered)"/.test(text),
  )
  const asked = journal.slice(done + 1).flatMap(line => (line.at < waitedFrom ? [] : (refusedAt(line) ?? [])))
  const last = asked.at(-1)
  if (last === undefined) return undefined
  const other = asked.findLastIndex(({ reason }) => reason !== last.reason)
  const first = asked[other + 1] ?? last
  if (last.at - first.at < (last.reason.lasting ?? 1)) return undefined
  return {
    component: 'the kubelet',
    cause: `the API server rejects its Node: ${last.words}`,
    evidence: last.line,
    hint: last.reason.hint,
  }
}

interface Refused {
  readonly at: number
  readonly reason: Known
  readonly words: string
  readonly line: string
}

/** A kubelet without a certificate sends anonymous requests, which the API server rejects. */
function refusedAt({ at, text }: JournalLine): Refused | undefined {
  const said = /"Unable to register node with API server[^"]*" err="(.*)" node="/.exec(text)?.[1]
  if (said === undefined || /system:anonymous|^Unauthorized$/.test(said)) return undefined
  const words = said.replaceAll('\\"', '"').replaceAll('\\n', ' ')
  const reason = known.find(({ message }) => message.test(words))
  return reason === undefined ? undefined : { at, reason, words, line: text }
}
