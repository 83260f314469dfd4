import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect } from 'node:tls'
import semver from 'semver'
import type { ExternalEtcd } from '../../cluster/spec.ts'
import { endsRun, isAnswer, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Check, type Finding, failure } from './check.ts'

/** kubeadm's MinExternalEtcdVersion. */
const oldest = '3.5.24-0'
const requestMs = 10_000
const tries = 4

/** Reads the version of every HTTP endpoint of etcd. gRPC-only client endpoints are not HTTP. */
export function externalEtcdVersion(etcd: ExternalEtcd, retryMs = 5000): Check {
  return {
    name: 'ExternalEtcdVersion',
    run: async ({ ctx }) => {
      const endpoints = etcd.httpEndpoints ?? []
      if (endpoints.length === 0) return []
      const tls = await readTls(ctx.host, etcd)
      if ('message' in tls) return [tls]
      const ask = (endpoint: string): Promise<readonly Finding[]> => judgeEndpoint(ctx.host, endpoint, tls, retryMs)
      return (await Promise.all(endpoints.map(ask))).flat()
    },
  }
}

/** Checks that a file of the etcd client's credentials exists. */
export function externalEtcdFile(path: string): Check {
  return {
    name: 'ExternalEtcdClientCertificates',
    paths: [path],
    run: ({ facts }) =>
      facts.paths.has(path) ? [] : [failure(`${path} doesn't exist`, `copy the file from the etcd cluster to ${path}`)],
  }
}

export function judgeEtcdVersion(answer: string): readonly Finding[] {
  const upgrade = `upgrade the etcd cluster to ${oldest.replace('-0', '')} or newer`
  const text = versionIn(answer)
  const version = semver.parse(text)
  if (version === null) return [failure(`couldn't parse external etcd version ${JSON.stringify(text)}`, upgrade)]
  if (semver.gte(version, oldest)) return []
  const message = `this version of kubeadm only supports external etcd version >= ${oldest}. Current version: ${text}`
  return [failure(message, upgrade)]
}

function versionIn(answer: string): string {
  try {
    const { etcdserver } = JSON.parse(answer) as { readonly etcdserver?: unknown }
    return typeof etcdserver === 'string' ? etcdserver : ''
  } catch {
    return ''
  }
}

async function judgeEndpoint(
  host: HostReader,
  endpoint: string,
  tls: ConnectionOptions,
  retryMs: number,
): Promise<readonly Finding[]> {
  const remedy = `check that etcd responds: run curl ${endpoint}/version on the host`
  if (!URL.canParse(endpoint)) return [failure(`failed to parse external etcd endpoint ${endpoint}`, remedy)]
  const url = new URL(`${endpoint.replace(/\/+$/, '')}/version`)
  let reason = ''
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await sleep(retryMs)
    try {
      return judgeEtcdVersion(await get(host, url, tls))
    } catch (error) {
      if (endsRun(error)) throw error
      reason = error instanceof Error ? error.message : String(error)
    }
  }
  return [failure(`external etcd at ${endpoint} does not answer: ${reason}`, remedy)]
}

async function get(host: HostReader, url: URL, tls: ConnectionOptions): Promise<string> {
  const signal = AbortSignal.timeout(requestMs)
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'https:'
  const raw = await host.connect({ host: name, port: Number(url.port || (secure ? 443 : 80)) }, { signal })
  const stream = secure ? connect({ ...tls, socket: raw, host: name }) : raw
  try {
    return await new Promise<string>((resolve, reject) => {
      stream.on('error', reject)
      const target = { path: url.pathname, headers: { host: url.host } }
      const sent = request({ ...target, createConnection: () => stream as never, signal }, answer => {
        const status = answer.statusCode ?? 0
        if (status >= 500) reject(new Error(`server responded with non-successful status: ${status}`))
        else text(answer).then(resolve, reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  } finally {
    stream.destroy()
    raw.destroy()
  }
}

async function readTls(host: HostReader, etcd: ExternalEtcd): Promise<ConnectionOptions | Finding> {
  const { caFile, certFile, keyFile } = etcd
  const pair = certFile === undefined || keyFile === undefined ? [undefined, undefined] : [certFile, keyFile]
  try {
    const [ca, cert, key] = await Promise.all([caFile, ...pair].map(file => readPem(host, file)))
    return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
  } catch (error) {
    if (!isAnswer(error)) throw error
    return failure(
      `couldn't load external etcd's certificates: ${error.message}`,
      'copy the file from the etcd cluster',
    )
  }
}

async function readPem(host: HostReader, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined || file === '') return undefined
  const bytes = await host.readFile(file)
  if (bytes === undefined) throw new KadmError('HOST_FILE', `open ${file}: no such file or directory`)
  return Buffer.from(bytes)
}
