import { Resolver } from 'node:dns/promises'
import { request } from 'node:https'
import type { LookupFunction } from 'node:net'

/** Returns the text at a URL. Throws if the answer is not a text of this kind. */
export type GetText = (url: string, signal: AbortSignal) => Promise<string>

export interface FoundReleases {
  /** Versions by label: `stable-1.37` has `v1.37.2`. Labels without an answer are missing. */
  readonly labels: ReadonlyMap<string, string>
  /** Why a label is missing. */
  readonly failure?: string
}

/** kubeadm's server. */
const server = 'https://dl.k8s.io/release'

/**
 * Asks for the newest versions of release labels, all in parallel. Never throws and never takes longer than the limit:
 * without internet the answer is empty.
 */
export async function findReleases(
  labels: readonly string[],
  {
    timeoutMs,
    signal,
    get = getText,
  }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly get?: GetText },
): Promise<FoundReleases> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const asked = labels.map(async label => {
    const text = (await get(`${server}/${label}.txt`, limit)).trim()
    if (!/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(text)) throw new Error(`the answer for ${label} is not a version`)
    return [label, text] as const
  })
  const answers = await Promise.allSettled(asked)
  const found = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
  const [failure] = answers.flatMap(answer =>
    answer.status === 'rejected' ? [reasonOf(answer.reason, timeoutMs)] : [],
  )
  return { labels: new Map(found), ...(failure === undefined ? {} : { failure }) }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  return error instanceof Error ? error.message : String(error)
}

const redirects = 3
/** A version has some bytes; an error page of a proxy has many. */
const maxBytes = 4096

/**
 * GET with a name server that can be given up: the resolver of the system would keep the process alive for as long as a
 * dead name server takes.
 */
async function getText(url: string, signal: AbortSignal, hops = redirects): Promise<string> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const lookup: LookupFunction = (name, { all }, done) => {
    resolver.resolve4(name).then(
      ([address = '']) => (all === true ? done(null, [{ address, family: 4 }]) : done(null, address, 4)),
      error => done(error, ''),
    )
  }
  const { status, location, text } = await answerOf(url, { signal, lookup })
  if (status >= 300 && status < 400 && location !== undefined && hops > 0) {
    const next = new URL(location, url)
    if (next.protocol === 'https:') return getText(next.href, signal, hops - 1)
  }
  if (status === 200) return text
  throw new Error(`${url} answers with status ${status}`)
}

interface TextAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

function answerOf(
  url: string,
  options: { readonly signal: AbortSignal; readonly lookup: LookupFunction },
): Promise<TextAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { ...options, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        text += part
        if (text.length > maxBytes) asking.destroy(new Error(`the answer of ${url} is too long`))
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, text }))
      answer.on('error', reject)
    })
    asking.on('error', error => reject(options.signal.aborted ? options.signal.reason : error))
    asking.end()
  })
}
