import type { Diagnosis } from './diagnosis.ts'
import type { JournalLine } from './kubelet-journal.ts'
import type { Evidence } from './start-evidence.ts'

/** Why the API server does not give the kubelet a certificate, and the remedy. */
interface Refusal {
  readonly message: RegExp
  /** The cause, shown before the kubelet's own message. */
  readonly means: string
  readonly hint: string
  /** Seconds without another message. The kubelet retries after 2, 4, 8, 16 and then every 32 seconds. */
  readonly lasting: number
}

const twice = 1
const awhile = 10

/** A restarting server refuses connections for a while; its responses and its certificate do not change. */
const refusals: readonly Refusal[] = [
  {
    message: /: Unauthorized$/,
    means: 'the API server does not recognize its bootstrap token',
    hint: 'the token was deleted or has expired: create one with `kadm token create --print-join-command` on a control plane and join again',
    lasting: twice,
  },
  {
    message: /is forbidden|: Forbidden$/,
    means: 'the token is not authorized to request one',
    hint: 'create a token with `kadm token create`, which sets the right group; the rules for that group are written by `kadm init phase bootstrap-token` on a control plane',
    lasting: twice,
  },
  {
    message: /is before \d{4}-/,
    means: 'the certificate of the API server is not yet valid by the clock of this node',
    hint: 'compare `date` on this node and on the control planes, and set the clock that is wrong',
    lasting: twice,
  },
  {
    message: /is after \d{4}-/,
    means: 'the certificate of the API server has expired by the clock of this node',
    hint: 'compare `date` on this node and on the control planes; if the clocks agree, renew the certificate there',
    lasting: twice,
  },
  {
    message: /unknown authority/,
    means: 'the certificate of the API server is signed by a different CA than the one in the join data',
    hint: 'check that the endpoint leads only to control planes of this cluster, then join again',
    lasting: twice,
  },
  {
    message: /certificate is (not )?valid for|doesn't contain any IP SANs/,
    means: 'the certificate of the API server is for other names or addresses',
    hint: 'add the name or address to apiServer.certSANs of the ClusterConfiguration and renew the certificate, or join by one that it lists',
    lasting: twice,
  },
  {
    message: /dial tcp|i\/o timeout|Client\.Timeout|TLS handshake|: EOF$|connection reset|http2: client connection/,
    means: 'the API server does not answer it',
    hint: 'the node found the cluster, so see the load balancer, or where the name of the endpoint leads: `curl -k $URL/livez` on this node must return ok',
    lasting: awhile,
  },
]

/** The kubelet keeps running without a certificate, and logs an error after each request. */
export function bootstrapRefused({ unit, journal, bootstrapping }: Evidence): Diagnosis | undefined {
  if (!bootstrapping || unit.sub !== 'running') return undefined
  const asked = journal.flatMap(line => refusedAt(line) ?? [])
  const last = asked.at(-1)
  if (last === undefined) return undefined
  const other = asked.findLastIndex(({ refusal }) => refusal !== last.refusal)
  const first = asked[other + 1] ?? last
  if (last.at - first.at < last.refusal.lasting) return undefined
  const { means, hint } = last.refusal
  return {
    component: 'the kubelet',
    cause: `it has no certificate, because ${means}: ${last.words}`,
    evidence: last.line,
    hint: hint.replace('$URL', last.server),
  }
}

interface Refused {
  readonly at: number
  readonly refusal: Refusal
  readonly words: string
  readonly server: string
  readonly line: string
}

/** Only errors of the client certificate: the serving certificate of the kubelet is separate. */
function refusedAt({ at, text }: JournalLine): Refused | undefined {
  const said = /"Failed while requesting a signed certificate[^"]*" err="(.*)" logger="\S*apiserver-client/.exec(
    text,
  )?.[1]
  if (said === undefined) return undefined
  const whole = said.replaceAll('\\"', '"')
  const refusal = refusals.find(({ message }) => message.test(whole))
  if (refusal === undefined) return undefined
  const words = whole.replace(/^cannot create certificate signing request: /, '').replace(/^\w+ "[^"]+": /, '')
  const server = /"(https:\/\/[^/"]+)/.exec(whole)?.[1] ?? 'https://<endpoint>'
  return { at, refusal, words, server, line: text }
}
