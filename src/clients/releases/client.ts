import { Resolver } from 'node:dns/promises'
import { type RequestOptions, request } from 'node:https'
import type { LookupFunction } from 'node:net'

/** Returns the text at a URL. Throws if the answer is not a text of this kind. */
export type GetText = (url: string, signal: AbortSignal, hops?: number) => Promise<string>

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
    get = httpsText(byName),
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

/** How a server is reached: the address of a name, and more options of the request. */
export interface Reach {
  readonly resolve: (name: string, signal: AbortSignal) => Promise<string>
  readonly more?: Pick<RequestOptions, 'ca'>
}

/**
 * A name server that can be given up: the resolver of the system would keep the process alive for as long as a dead name
 * server takes.
 */
const byName: Reach = {
  async resolve(name, signal) {
    const resolver = new Resolver({ timeout: 1000, tries: 1 })
    signal.addEventListener('abort', () => resolver.cancel(), { once: true })
    const [address = ''] = await resolver.resolve4(name)
    return address
  },
}

const redirects = 3
/** A version has some bytes; an error page of a proxy has many. */
const maxBytes = 4096

/** Returns a GET that follows redirects to https only. */
export function httpsText({ resolve, more = {} }: Reach): GetText {
  return async function get(url, signal, hops = redirects): Promise<string> {
    const lookup: LookupFunction = (name, { all }, done) => {
      resolve(name, signal).then(
        address => (all === true ? done(null, [{ address, family: 4 }]) : done(null, address, 4)),
        error => done(error, ''),
      )
    }
    const { status, location, text } = await answerOf(url, { ...more, signal, lookup, agent: false })
    if (status >= 300 && status < 400 && location !== undefined && hops > 0) {
      const next = new URL(location, url)
      if (next.protocol === 'https:') return get(next.href, signal, hops - 1)
    }
    if (status === 200) return text
    throw new Error(`${url} answers with status ${status}`)
  }
}

interface TextAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

function answerOf(url: string, options: RequestOptions & { readonly signal: AbortSignal }): Promise<TextAnswer> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(options.signal.aborted ? options.signal.reason : error)
    const asking = request(url, options, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        text += part
        if (text.length <= maxBytes) return
        failed(new Error(`the answer of ${url} is too long`))
        asking.destroy()
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, text }))
      answer.on('error', failed)
    })
    asking.on('error', failed)
    asking.end()
  })
}
