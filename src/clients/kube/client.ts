import { given } from '../../cluster/given.ts'
import type { Json } from '../../cluster/json.ts'
import { jsonText } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { commandFor } from '../../errors/operator-commands.ts'
import type { HostReader } from '../../host/host.ts'
import { type Dial, type DialOptions, dialer } from '../https/dial.ts'
import { type Answer, type Exchange, exchange, exchangeStream, type StreamedAnswer } from '../https/exchange.ts'
import { pool } from '../https/pool.ts'
import type { KubeAccess } from './access.ts'
import { approved } from './approval.ts'
import { kindFinder } from './discovery.ts'
import { apiUnreachable, notKubernetes, refused } from './failure.ts'
import { collectionPath, describeObject, listPath, objectPath } from './kinds.ts'
import { type Kube, type ObjectRef, podRef, refOf } from './kube.ts'
import { readPages } from './pages.ts'
import { seeEvents } from './watch.ts'

export interface KubeClientOptions {
  /** The host that opens the connections. */
  readonly host: Pick<HostReader, 'connect'>
  readonly kubeconfig: KubeAccess
  /** URL to use instead of the one in the kubeconfig, such as one control plane instead of the load balancer. */
  readonly serverOverride?: string
  /** Do not verify the server's certificate: only for discovery, before the CA is known. */
  readonly insecure?: boolean
  /** `kadm/0.1.0` */
  readonly userAgent?: string
  /** The server validates each write, with admission and defaults, and stores nothing. */
  readonly dryRun?: boolean
  /** For one request. Default 10 s. */
  readonly timeoutMs?: number
}

/** Connects to a kube-apiserver over HTTPS. Throws KUBECONFIG_INVALID if server, certificate or key is unusable. */
export function kubeClient(options: KubeClientOptions): Kube {
  const { send, stream, server, close } = session(options)

  async function call(what: string, method: Exchange['method'], path: string, body?: Body): Promise<KubeObject> {
    const kept = method === 'GET' || options.dryRun !== true
    const answer = await send(method, kept ? path : `${path}${path.includes('?') ? '&' : '?'}dryRun=All`, body)
    if (answer.status < 200 || answer.status > 299) throw refused(what, answer)
    return parseObject(server, answer.body)
  }

  async function absentIs404(answer: Promise<KubeObject>): Promise<KubeObject | undefined> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof KadmError && error.status === 404) return undefined
      throw error
    }
  }

  const kindOf = kindFinder((what, path) => call(what, 'GET', path))
  const pathOf = async (ref: ObjectRef) => objectPath(ref, await kindOf(ref))

  return {
    server,
    get: ref => absentIs404(pathOf(ref).then(path => call(`reading ${describeObject(ref)}`, 'GET', path))),
    async list(query) {
      const kind = await kindOf(query)
      const items = await readPages(page => call(`listing ${query.kind}s`, 'GET', listPath(query, kind, page)))
      // Items of a list have no kind of their own.
      return items.map(item => ({ ...item, apiVersion: query.apiVersion, kind: query.kind }) as unknown as KubeObject)
    },
    async watch(query, see, timeoutMs) {
      const path = listPath(query, await kindOf(query))
      const seconds = Math.max(1, Math.ceil(timeoutMs / 1000))
      const words = new URLSearchParams({ watch: 'true', timeoutSeconds: String(seconds) })
      const answer = await stream(`${path}${path.includes('?') ? '&' : '?'}${words}`, timeoutMs)
      return seeEvents(`watching ${query.kind}s`, answer, see)
    },
    async create(object) {
      const ref = refOf(object)
      const path = collectionPath(ref, await kindOf(ref))
      return call(`creating ${describeObject(ref)}`, 'POST', path, json(object))
    },
    async update(object) {
      const ref = refOf(object)
      return call(`updating ${describeObject(ref)}`, 'PUT', await pathOf(ref), json(object))
    },
    async patch(ref, patch, type) {
      const body = { type: patchTypes[type], text: jsonText(patch) }
      return call(`patching ${describeObject(ref)}`, 'PATCH', await pathOf(ref), body)
    },
    async apply(object, { fieldManager, force = false }) {
      const ref = refOf(object)
      const path = `${await pathOf(ref)}?${new URLSearchParams({ fieldManager, force: String(force) })}`
      // JSON is valid YAML.
      const body = { type: 'application/apply-patch+yaml', text: jsonText(object) }
      return call(`applying ${describeObject(ref)}`, 'PATCH', path, body)
    },
    async remove(ref) {
      const path = await pathOf(ref)
      const gone = await absentIs404(call(`deleting ${describeObject(ref)}`, 'DELETE', path))
      return gone !== undefined
    },
    async approve(request, why) {
      const ref = refOf(request)
      const body = json(approved(request, why, new Date()))
      return call(`approving ${describeObject(ref)}`, 'PUT', `${await pathOf(ref)}/approval`, body)
    },
    async serviceAccountToken(account) {
      const ref = { apiVersion: 'v1', kind: 'ServiceAccount', ...account }
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } }
      const path = `${await pathOf(ref)}/token`
      const what = `requesting a token of the service account ${account.namespace}/${account.name}`
      const { status } = await call(what, 'POST', path, { type: 'application/json', text: jsonText(body) })
      return secret(String((status as { readonly token?: string } | undefined)?.token ?? ''))
    },
    async evict(pod) {
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { ...pod } }
      const path = `${await pathOf(podRef(pod))}/eviction`
      const answer = call(`evicting the pod ${pod.namespace}/${pod.name}`, 'POST', path, json(body))
      return (await absentIs404(answer)) !== undefined
    },
    probe: (path, opts) => send('GET', path, undefined, opts?.timeoutMs),
    close,
  }
}

interface Body {
  readonly type: string
  readonly text: string
}

const patchTypes = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
} as const

interface Session {
  readonly server: string
  send(method: Exchange['method'], path: string, body?: Body, timeoutMs?: number): Promise<Answer>
  /** GET of a response that stays open, for this time at most. */
  stream(path: string, forMs: number): Promise<StreamedAnswer>
  close(): void
}

function session(options: KubeClientOptions): Session {
  const { host, kubeconfig, insecure = false, userAgent = 'kadm', timeoutMs = 10_000 } = options
  const server = (options.serverOverride ?? kubeconfig.server).replace(/\/+$/, '')
  const url = parseServer(server)
  const connections = pool(dialerFor({ host, url, access: kubeconfig, insecure }), 6)
  const { token } = kubeconfig
  const headers = {
    host: url.host,
    // The set of service account keys has a media type of its own.
    accept: 'application/json, application/jwk-set+json',
    'user-agent': userAgent,
    ...given({ authorization: token && `Bearer ${token.reveal()}` }),
  }
  const prefix = url.pathname.replace(/\/$/, '')
  return {
    server,
    close: connections.close,
    stream: (path, forMs) =>
      exchangeStream(connections, {
        ...{ method: 'GET', path: prefix + path, headers },
        timeoutMs: forMs + timeoutMs,
      }).catch(error => {
        throw apiUnreachable(server, error)
      }),
    async send(method, path, body, patience = timeoutMs) {
      const request = { method, path: prefix + path, timeoutMs: patience }
      const content =
        body === undefined ? { headers } : { headers: { ...headers, 'content-type': body.type }, body: body.text }
      try {
        return await exchange(connections, { ...request, ...content })
      } catch (error) {
        throw apiUnreachable(server, error)
      }
    },
  }
}

function dialerFor(options: DialOptions & { readonly access: KubeAccess }): Dial {
  try {
    return dialer(options)
  } catch (cause) {
    throw unusable(options.access, cause)
  }
}

/** Only some files are written by a phase; the origin contains their host. */
function unusable({ origin }: KubeAccess, cause: unknown): KadmError {
  const file = origin === undefined ? 'the kubeconfig' : `${origin.path} on ${origin.machine}`
  const phase = /^\/etc\/kubernetes\/(admin|super-admin|controller-manager|scheduler)\.conf$/.exec(
    origin?.path ?? '',
  )?.[1]
  const hint =
    phase === undefined
      ? 'use a kubeconfig with the CA certificate of the cluster, and with a client certificate and its matching key'
      : `move the file away and create it again with ${commandFor(origin?.spec, `init phase kubeconfig ${phase}`)}`
  return new KadmError('KUBECONFIG_INVALID', `the certificate, key or CA in ${file} cannot be used`, { hint, cause })
}

function parseServer(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url?.protocol === 'https:') return url
  const hint = 'give it as https://host:port'
  throw new KadmError('KUBECONFIG_INVALID', `the server of the kubeconfig is not an https URL: "${server}"`, { hint })
}

function parseObject(server: string, body: string): KubeObject {
  let value: Json
  try {
    value = JSON.parse(body) as Json
  } catch (cause) {
    throw notKubernetes(server, cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notKubernetes(server, undefined)
  return value as KubeObject
}

function json(object: KubeObject): Body {
  return { type: 'application/json', text: jsonText(object) }
}
