import type { Kube } from '../../clients/kube/kube.ts'
import { isKadmError, KadmError, orUndefined } from '../../errors/kadm-error.ts'
import { type KubeletCsr, readCertificateRequest } from '../pki/certificate-request.ts'
import { judgeSigner, readSigner, type Signer, type SignerVerdict } from '../pki/certificate-signer.ts'

export interface RequestWatch {
  readonly node: string
  /** With the token of the join. */
  readonly kube: () => Promise<Pick<Kube, 'list'>>
  /** As administrator; absent without access to a control plane. */
  readonly admin?: () => Promise<Pick<Kube, 'get' | 'list'>>
  readonly warn: (text: string) => void
  /** True if the operator set a longer timeout than the default, whatever the cause. */
  readonly patient?: boolean
  /** Returns milliseconds. For tests. */
  readonly now?: () => number
}

export interface WatchedRequest {
  /** Returns a probe that also checks the request from time to time. */
  readonly over: <T>(probe: () => Promise<T | undefined>) => () => Promise<T | undefined>
  /** Returns the request and what it waits for, as text. */
  readonly states: () => readonly string[]
}

const firstLookMs = 4000
const lookEveryMs = 3000
/** How long a request is pending before a warning, and before a cause that cannot pass ends the wait. */
const reportAfterMs = 8000
const endMs = 40_000
/** The same if no cause is known: another leader may be about to take over. */
const puzzledMs = 20_000

interface Seen {
  readonly request: KubeletCsr
  readonly since: number
  readonly verdict?: SignerVerdict
}

const goesOn = 'the kubelet keeps retrying'
const longer =
  ', so run the command again; to wait longer, set timeouts.tlsBootstrap in the configuration file to more than 5m0s'

/** Watches the kubelet's request for its certificate in the cluster. */
export function watchRequest(watch: RequestWatch): WatchedRequest {
  const { now = () => performance.now(), warn, patient = false } = watch
  const started = now()
  const silence = silenceOf(now)
  let looked = started + firstLookMs - lookEveryMs
  let seen: Seen | undefined
  let reported = ''
  const look = async () => {
    const request = await readCertificateRequest(await watch.kube(), watch.node)
    if (request === undefined) return
    refuseRefused(request)
    const same = seen?.request.name === request.name && seen.request.state === request.state
    const signer = await watch.admin?.().then(readSigner).catch(unlessOver)
    const verdict = signer && judgeSigner(request, signer, silence(signer))
    seen = { request, since: same ? (seen?.since ?? now()) : now(), ...(verdict && { verdict }) }
    const text = inWords(seen)
    const patienceMs = verdict === undefined && signer !== undefined ? puzzledMs : reportAfterMs
    if (text === undefined || now() - seen.since < patienceMs) return
    if (verdict?.lasts === true && !patient && now() - seen.since >= endMs)
      throw failed(text, `${verdict.hint}; ${goesOn}${longer}`)
    const key = `${request.name} ${request.state} ${verdict?.hint}`
    if (reported !== key) warn(`${text}; ${goesOn}`)
    reported = key
  }
  return {
    over: probe => async () => {
      const value = await probe()
      if (value !== undefined || now() - looked < lookEveryMs) return value
      looked = now()
      await look().catch(unlessOver)
      return undefined
    },
    states() {
      const text = seen && inWords(seen)
      return text === undefined ? [] : [...(seen?.verdict === undefined ? [text] : [text, seen.verdict.hint]), goesOn]
    },
  }
}

/** Returns how long the Lease of the leader has not changed, by this host's own clock. */
function silenceOf(now: () => number): (signer: Signer) => number {
  let last: { readonly renewed: string | undefined; readonly at: number } | undefined
  return ({ renewed }) => {
    if (last === undefined || last.renewed !== renewed) last = { renewed, at: now() }
    return now() - last.at
  }
}

function inWords({ request: { name, state }, verdict }: Seen): string | undefined {
  if (state !== 'pending' && state !== 'approved') return undefined
  const what = state === 'pending' ? 'is not approved yet' : 'is approved, and not signed yet'
  const who = 'kube-controller-manager approves and signs it: check that it is running on the control planes'
  return `the kubelet's request for a certificate, ${name}, ${what}: ${verdict?.why ?? who}`
}

function refuseRefused({ name, state, words }: KubeletCsr): void {
  if (state !== 'denied' && state !== 'failed') return
  const what = state === 'denied' ? 'was denied' : 'could not be signed'
  const why = words === '' ? '' : `: ${words}`
  throw failed(
    `the kubelet's request for a certificate, ${name}, ${what}${why}`,
    `see \`kubectl get csr ${name} -o yaml\` on a control plane; when its reason is gone, delete the request (\`kubectl delete csr ${name}\`), run \`kadm reset\` on this node and join again`,
  )
}

function failed(message: string, hint: string): KadmError {
  return new KadmError('COMPONENT_FAILED', message, { hint })
}

/** A failed read does not end the wait. */
function unlessOver(error: unknown): undefined {
  if (isKadmError(error, 'COMPONENT_FAILED')) throw error
  return orUndefined(error)
}
