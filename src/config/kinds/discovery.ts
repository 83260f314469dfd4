import { given } from '../../cluster/given.ts'
import { parseGoUrl, unreachable } from '../../cluster/go-url.ts'
import { secret } from '../../cluster/secret.ts'
import type { Discovery } from '../../cluster/spec.ts'
import { type Fault, type FieldPath, faultsOf } from '../field/field-path.ts'
import { isPort, splitHostPort } from '../field/name-rules.ts'
import { isBootstrapToken } from './field-schemas.ts'
import type { JoinDocument } from './kind-schemas.ts'

type Document = NonNullable<JoinDocument['discovery']>

/** The TLS bootstrap token defaults to the discovery token; file URLs become paths. Source: SetDefaults_Discovery. */
export function defaultDiscovery(
  { bootstrapToken, file, tlsBootstrapToken }: Document,
  files: DiscoveryFiles = {},
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
    ...given({ file: file && { kubeConfigPath: toPath(file.kubeConfigPath ?? '', files) } }),
    ...given({ tlsBootstrapToken: token }),
  }
}

/** Validates files of the joining host before kadm connects to it; without it any path is valid. */
export interface DiscoveryFiles {
  /** Returns the absolute path of a file; undefined for a relative one that is not valid there. */
  readonly wholePath?: (path: string) => string | undefined
  readonly exists?: (path: string) => boolean
}

function toPath(text: string, { wholePath = path => path }: DiscoveryFiles): string {
  const url = parseGoUrl(text)
  if ('message' in url || text === '') return text
  if (url.scheme === 'file') return url.path
  return url.scheme === '' ? (wholePath(text) ?? text) : text
}

const fault = faultsOf('JoinConfiguration')
const at = (...path: (string | number)[]): FieldPath => ['discovery', ...path]
const printed = '`kadm init` and `kadm token create --print-join-command` print the full join command'

/** Source: ValidateDiscovery. Hashes are validated here too: kubeadm reads them only after minutes of discovery. */
export function validateDiscovery(discovery: Discovery, files: DiscoveryFiles = {}): readonly Fault[] {
  const { bootstrapToken, file, tlsBootstrapToken } = discovery
  if (bootstrapToken === undefined && file === undefined) {
    const remedy = `give the endpoint, --token and --discovery-token-ca-cert-hash, or --discovery-file; ${printed}`
    return [fault(at(), 'bootstrapToken or file must be set', remedy)]
  }
  const needsTls = bootstrapToken !== undefined || tlsBootstrapToken !== undefined
  if (bootstrapToken !== undefined && file !== undefined) {
    const remedy = 'remove one of them; on the command line, the endpoint or --discovery-file'
    return [fault(at(), 'bootstrapToken and file cannot both be set', remedy)]
  }
  return [
    ...(bootstrapToken === undefined ? [] : validateBootstrapToken(bootstrapToken)),
    ...(needsTls ? validateToken(at('tlsBootstrapToken'), tlsBootstrapToken?.reveal()) : []),
    ...(file === undefined ? [] : validateFile(file.kubeConfigPath, files)),
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

/**
 * Source: ValidateDiscoveryTokenAPIServer. kubeadm requests `https://<endpoint>`: an endpoint that results in an
 * invalid URL or port is rejected here.
 */
function validateEndpoint(endpoint: string): readonly Fault[] {
  const path = at('bootstrapToken', 'apiServerEndpoint')
  const remedy = 'write host:port, such as 10.0.0.1:6443'
  if (endpoint === '') return [fault(at('bootstrapToken'), 'APIServerEndpoint is not set', remedy)]
  const parts = splitHostPort(endpoint)
  if ('message' in parts) return [fault(path, `address ${endpoint}: ${parts.message} in address`, remedy)]
  if (parts.port !== '' && !isPort(parts.port)) {
    return [fault(path, `address ${endpoint}: the port is not a number between 1 and 65535`, remedy)]
  }
  const url = parseGoUrl(`https://${endpoint}`)
  if ('message' in url) return [fault(path, `address ${endpoint}: ${url.message}`, remedy)]
  if (URL.canParse(serverOfEndpoint(endpoint))) return []
  return [fault(path, `address ${endpoint}: this is not a valid host name`, remedy)]
}

/** Returns the URL of the API server. As in Go, an empty host means this host. */
export function serverOfEndpoint(endpoint: string): string {
  return `https://${endpoint.startsWith(':') ? 'localhost' : ''}${endpoint}`
}

function validateHash(path: FieldPath, hash: string): readonly Fault[] {
  if (/^sha256:[0-9a-f]{64}$/i.test(hash)) return []
  const message = `invalid discovery token CA certificate hash "${hash}": it is not of the form "sha256:" and 64 hex characters`
  return [fault(path, message, `copy it from the join command; ${printed}`)]
}

function validateToken(path: FieldPath, token: string | undefined): readonly Fault[] {
  if (token !== undefined && isBootstrapToken(token)) return []
  const message = token ? 'the bootstrap token is invalid' : 'the bootstrap token is missing'
  return [fault(path, message, 'give --token with [a-z0-9]{6}.[a-z0-9]{16}; make one with `kadm token create`')]
}

/** Source: ValidateDiscoveryKubeConfigPath. */
function validateFile(path: string, { wholePath, exists }: DiscoveryFiles): readonly Fault[] {
  const where = at('file', 'kubeConfigPath')
  const wrong = (message: string) => [
    fault(where, `"${path}": ${message}`, 'give the path of a kubeconfig file on the joining node, or an https URL'),
  ]
  const url = parseGoUrl(path)
  if ('message' in url || path === '') return wrong('not a valid HTTPS URL or a file on disk')
  if (url.scheme === '') {
    if (wholePath !== undefined && wholePath(path) === undefined) {
      const remedy = 'use an absolute path on the host given by --host'
      return [fault(where, `"${path}": path is not absolute`, remedy)]
    }
    return exists === undefined || exists(path) ? [] : wrong('not a valid HTTPS URL or a file on disk')
  }
  if (url.scheme !== 'https') return wrong('if a URL is used, the scheme must be https')
  const reason = unreachable(url)
  return reason === undefined ? [] : wrong(reason)
}
