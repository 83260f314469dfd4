import { given } from '../cluster/given.ts'
import { isMap } from '../cluster/json.ts'
import { type Secret, secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { isTextFault, readYaml } from '../yaml/read.ts'
import { decodeUtf8 } from '../yaml/utf8.ts'

/** The current context of a kubeconfig with decoded credentials. Referenced files are paths and not read. */
export interface Kubeconfig {
  readonly context: string
  readonly clusterName: string
  readonly server: string
  readonly caPem?: string
  readonly caFile?: string
  readonly tlsServerName?: string
  readonly insecure: boolean
  /** Empty if the context has no user, as in cluster-info. */
  readonly user: string
  readonly clientCertPem?: string
  readonly clientCertFile?: string
  readonly clientKeyPem?: Secret
  readonly clientKeyFile?: string
  readonly token?: Secret
  readonly tokenFile?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Parses a kubeconfig. Also accepts one without contexts and with a single cluster, such as in cluster-info. Throws
 * KUBECONFIG_INVALID, which names `file`.
 */
export function parseKubeconfig(text: string, file = 'the kubeconfig'): Kubeconfig {
  const root = fieldsOf(load(text, file))
  const clusters = named(root.clusters, 'cluster')
  const contextName = textOf(root['current-context']) ?? ''
  const context = named(root.contexts, 'context').get(contextName)
  const [only] = clusters.size === 1 ? [...clusters.keys()] : []
  const clusterName = context === undefined && contextName === '' ? only : textOf(context?.cluster)
  if (clusterName === undefined) throw invalid(file, `has no context "${contextName}"`)
  const cluster = clusters.get(clusterName)
  if (cluster === undefined) throw invalid(file, `has no cluster "${clusterName}"`)
  const server = textOf(cluster.server)
  if (server === undefined || !URL.canParse(server))
    throw invalid(file, `has no server URL in cluster "${clusterName}"`)
  const user = textOf(context?.user) ?? ''
  const credentials = named(root.users, 'user').get(user) ?? {}
  return {
    context: contextName,
    clusterName,
    server,
    user,
    ...trustOf(cluster, file),
    ...credentialsOf(credentials, file),
  }
}

/** Decodes the text of a kubeconfig file. Throws KUBECONFIG_INVALID if it is not UTF-8. */
export function decodeKubeconfig(bytes: Uint8Array, file: string): string {
  const text = decodeUtf8(bytes)
  if (typeof text === 'string') return text
  throw new KadmError('KUBECONFIG_INVALID', `${file}: ${text.message}`, { hint: text.remedy })
}

// Messages of the parser quote the line, which may contain a key: only its number is reported.
function load(text: string, file: string): unknown {
  const read = readYaml(text)
  if (isTextFault(read)) throw invalid(file, `is not YAML (line ${read.line})`)
  return read.value
}

function trustOf(cluster: Fields, file: string) {
  const ca = decode(cluster['certificate-authority-data'], file, 'certificate-authority-data')
  return {
    insecure: cluster['insecure-skip-tls-verify'] === true,
    ...given({
      caPem: ca,
      caFile: textOf(cluster['certificate-authority']),
      tlsServerName: textOf(cluster['tls-server-name']),
    }),
  }
}

function credentialsOf(user: Fields, file: string) {
  const key = decode(user['client-key-data'], file, 'client-key-data')
  const token = textOf(user.token)
  return {
    ...given({
      clientCertPem: decode(user['client-certificate-data'], file, 'client-certificate-data'),
      clientCertFile: textOf(user['client-certificate']),
      clientKeyPem: key === undefined ? undefined : secret(key),
      clientKeyFile: textOf(user['client-key']),
      token: token === undefined ? undefined : secret(token),
      tokenFile: textOf(user.tokenFile),
    }),
  }
}

function named(list: unknown, field: string): ReadonlyMap<string, Fields> {
  const entries = Array.isArray(list) ? list.map(fieldsOf) : []
  return new Map(entries.map(entry => [textOf(entry.name) ?? '', fieldsOf(entry[field])]))
}

function fieldsOf(value: unknown): Fields {
  return isMap(value) ? value : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function decode(value: unknown, file: string, field: string): string | undefined {
  const text = textOf(value)?.replace(/\s/g, '')
  if (text === undefined) return undefined
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw invalid(file, `has ${field} that is not base64`)
  return Buffer.from(text, 'base64').toString('utf8')
}

function invalid(file: string, reason: string): KadmError {
  return new KadmError('KUBECONFIG_INVALID', `${file} ${reason}`, {
    hint: 'correct the file, or remove it to create a new one',
  })
}
