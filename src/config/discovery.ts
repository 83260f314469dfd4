import { secret } from '../cluster/secret.ts'
import type { Discovery } from '../cluster/spec.ts'
import { type Fault, type FieldPath, faultsOf } from './field-path.ts'
import { isBootstrapToken } from './field-schemas.ts'
import type { JoinDocument } from './kind-schemas.ts'

type Document = NonNullable<JoinDocument['discovery']>

/** The TLS bootstrap token is the discovery token unless another is named; a file URL becomes its path. Source: SetDefaults_Discovery. */
export function defaultDiscovery(
  { bootstrapToken, file, tlsBootstrapToken }: Document,
  wholePath: WholePath = path => path,
): Discovery {
  const token = tlsBootstrapToken ?? bootstrapToken?.token
  return {
    ...(bootstrapToken === undefined
      ? {}
      : {
          bootstrapToken: {
            token: bootstrapToken.token ?? secret(''),
            apiServerEndpoint: bootstrapToken.apiServerEndpoint ?? '',
            caCertHashes: bootstrapToken.caCertHashes ?? [],
            unsafeSkipCAVerification: bootstrapToken.unsafeSkipCAVerification ?? false,
          },
        }),
    ...(file === undefined ? {} : { file: { kubeConfigPath: toPath(file.kubeConfigPath ?? '', wholePath) } }),
    ...(token === undefined ? {} : { tlsBootstrapToken: token }),
  }
}

/** The whole path of a file of the joining machine; undefined for a relative one that has no meaning there. */
export type WholePath = (path: string) => string | undefined

function toPath(text: string, wholePath: WholePath): string {
  if (text.startsWith('file:') && URL.canParse(text)) return decodeURIComponent(new URL(text).pathname)
  return text === '' || schemeOf(text) !== undefined ? text : (wholePath(text) ?? text)
}

function schemeOf(path: string): string | undefined {
  return /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(path)?.[1]?.toLowerCase()
}

const fault = faultsOf('JoinConfiguration')
const at = (...path: (string | number)[]): FieldPath => ['discovery', ...path]
const printed = 'kadm init and "kadm token create --print-join-command" print the whole join command'

/** Source: ValidateDiscovery. A hash is checked here too: kubeadm looks at it only after minutes of discovery. */
export function validateDiscovery(discovery: Discovery, wholePath: WholePath = path => path): readonly Fault[] {
  const { bootstrapToken, file, tlsBootstrapToken } = discovery
  if (bootstrapToken === undefined && file === undefined) {
    const remedy = `give the endpoint, --token and --discovery-token-ca-cert-hash, or --discovery-file; ${printed}`
    return [fault(at(), 'bootstrapToken or file must be set', remedy)]
  }
  const needsTls = bootstrapToken !== undefined || tlsBootstrapToken !== undefined
  if (bootstrapToken !== undefined && file !== undefined) {
    const remedy = 'keep one of the two; on the command line, the endpoint or --discovery-file'
    return [fault(at(), 'bootstrapToken and file cannot both be set', remedy)]
  }
  return [
    ...(bootstrapToken === undefined ? [] : validateBootstrapToken(bootstrapToken)),
    ...(needsTls ? validateToken(at('tlsBootstrapToken'), tlsBootstrapToken?.reveal()) : []),
    ...(file === undefined ? [] : validateFile(file.kubeConfigPath, wholePath)),
  ]
}

function validateBootstrapToken(token: NonNullable<Discovery['bootstrapToken']>): readonly Fault[] {
  const { apiServerEndpoint: endpoint, caCertHashes: hashes, unsafeSkipCAVerification } = token
  const hashesPath = at('bootstrapToken', 'caCertHashes')
  const unsafe =
    'using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your ' +
    'config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue'
  return [
    ...validateEndpoint(endpoint),
    ...(hashes.length === 0 && !unsafeSkipCAVerification
      ? [fault(hashesPath, unsafe, 'give --discovery-token-ca-cert-hash sha256:<hex>')]
      : []),
    ...hashes.flatMap((hash, i) => validateHash([...hashesPath, i], hash)),
    ...validateToken(at('bootstrapToken', 'token'), token.token.reveal()),
  ]
}

function validateEndpoint(endpoint: string): readonly Fault[] {
  const path = at('bootstrapToken', 'apiServerEndpoint')
  const remedy = 'write host:port, such as 10.0.0.1:6443'
  if (endpoint === '') return [fault(at('bootstrapToken'), 'APIServerEndpoint is not set', remedy)]
  const match = /^(?:\[[^[\]]+\]|[^:[\]]+):(.*)$/.exec(endpoint)
  if (match === null) {
    const why = /^\[?[^\]]*:[^\]]*:/.test(endpoint) && !endpoint.startsWith('[') ? 'too many colons' : 'missing port'
    return [fault(path, `address ${endpoint}: ${why} in address`, remedy)]
  }
  const port = Number(match[1])
  if (/^\d+$/.test(match[1] ?? '') && port >= 1 && port <= 65535) return []
  return [fault(path, `address ${endpoint}: the port is not a number between 1 and 65535`, remedy)]
}

function validateHash(path: FieldPath, hash: string): readonly Fault[] {
  if (/^sha256:[0-9a-f]{64}$/i.test(hash)) return []
  const message = `invalid discovery token CA certificate hash "${hash}": it is not of the form "sha256:" and 64 hex characters`
  return [fault(path, message, `copy it from the join command; ${printed}`)]
}

function validateToken(path: FieldPath, token: string | undefined): readonly Fault[] {
  if (token !== undefined && isBootstrapToken(token)) return []
  const message = token ? 'the bootstrap token is invalid' : 'the bootstrap token is missing'
  return [fault(path, message, 'give --token with [a-z0-9]{6}.[a-z0-9]{16}; make one with "kadm token create"')]
}

/** Whether a file is there only the joining machine can say. */
function validateFile(path: string, wholePath: WholePath): readonly Fault[] {
  const scheme = schemeOf(path)
  const where = at('file', 'kubeConfigPath')
  const remedy = 'give the path of a kubeconfig file, or an https URL'
  if (path === '' || (scheme === 'https' && !URL.canParse(path))) {
    return [fault(where, `"${path}": not a valid HTTPS URL or a file on disk`, remedy)]
  }
  if (scheme === undefined && wholePath(path) === undefined) {
    return [fault(where, `"${path}": path is not absolute`, 'write the whole path on the machine of --host, from / on')]
  }
  if (scheme === undefined || scheme === 'https') return []
  return [fault(where, `"${path}": if a URL is used, the scheme must be https`, remedy)]
}
