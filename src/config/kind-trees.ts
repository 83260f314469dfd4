import { formatDuration } from '../cluster/duration.ts'
import type { Json, JsonObject } from '../cluster/json.ts'
import type {
  BootstrapToken,
  JoinConfiguration,
  LocalApiEndpoint,
  NodeRegistration,
  Timeouts,
} from '../cluster/spec.ts'
import { formatTime } from '../cluster/time.ts'
import type { ResetConfiguration } from './reset.ts'
import { asGoWrites } from './typed/writing.ts'
import type { UpgradeConfiguration } from './upgrade.ts'

/** The kinds of v1beta4 as kubeadm writes them, with the omissions of Go's `omitempty`. Source: v1beta4/types.go. */
const apiVersion = 'kubeadm.k8s.io/v1beta4'

export interface InitFields {
  readonly bootstrapTokens: readonly BootstrapToken[]
  readonly certificateKey?: string
  readonly dryRun: boolean
  readonly localAPIEndpoint: LocalApiEndpoint
  readonly nodeRegistration: NodeRegistration
  readonly patches?: { readonly directory?: string }
  readonly skipPhases: readonly string[]
  readonly timeouts: Timeouts
}

export function initTree(init: InitFields): JsonObject {
  return {
    apiVersion,
    kind: 'InitConfiguration',
    bootstrapTokens: init.bootstrapTokens.map(tokenTree),
    localAPIEndpoint: { ...init.localAPIEndpoint },
    nodeRegistration: registrationTree(init.nodeRegistration),
    timeouts: timeoutsTree(init.timeouts),
    ...written({
      certificateKey: init.certificateKey,
      dryRun: init.dryRun,
      patches: init.patches,
      skipPhases: init.skipPhases,
    }),
  }
}

export function joinTree(join: JoinConfiguration): JsonObject {
  const { discovery, controlPlane } = join
  const { bootstrapToken, file, tlsBootstrapToken } = discovery
  return {
    apiVersion,
    kind: 'JoinConfiguration',
    caCertPath: join.caCertPath,
    discovery: written({
      bootstrapToken: bootstrapToken && {
        apiServerEndpoint: bootstrapToken.apiServerEndpoint,
        token: bootstrapToken.token.reveal(),
        ...written({
          caCertHashes: bootstrapToken.caCertHashes,
          unsafeSkipCAVerification: bootstrapToken.unsafeSkipCAVerification,
        }),
      },
      file: file && { ...file },
      tlsBootstrapToken: (tlsBootstrapToken ?? bootstrapToken?.token)?.reveal(),
    }),
    nodeRegistration: registrationTree(join.nodeRegistration),
    timeouts: timeoutsTree(join.timeouts),
    ...written({
      controlPlane: controlPlane && {
        localAPIEndpoint: { ...controlPlane.localAPIEndpoint },
        ...written({ certificateKey: controlPlane.certificateKey?.reveal() }),
      },
      dryRun: join.dryRun,
      patches: join.patches,
      skipPhases: join.skipPhases,
    }),
  }
}

export function resetTree({ criSocket, certificatesDir, timeouts, ...rest }: Required<ResetConfiguration>): JsonObject {
  return {
    apiVersion,
    kind: 'ResetConfiguration',
    certificatesDir,
    criSocket,
    timeouts: timeoutsTree(timeouts),
    ...written({ ...rest }),
  }
}

/** A false value was set explicitly and is written. */
export function upgradeTree({ timeouts, ...parts }: UpgradeConfiguration): JsonObject {
  const kind = 'UpgradeConfiguration'
  return asGoWrites(kind, { apiVersion, kind, ...(parts as JsonObject), timeouts: timeoutsTree(timeouts) })
}

function tokenTree({ token, description, ttl, expires, usages, groups }: BootstrapToken): JsonObject {
  const life = expires === undefined ? { ttl: formatDuration(ttl) } : { expires: formatTime(expires) }
  return { token: token.reveal(), ...life, ...written({ description, usages, groups }) }
}

function registrationTree(node: NodeRegistration): JsonObject {
  return {
    criSocket: node.criSocket,
    imagePullPolicy: node.imagePullPolicy,
    imagePullSerial: node.imagePullSerial,
    name: node.name,
    taints: node.taints === undefined ? null : node.taints.map(taint => ({ ...taint })),
    ...written({
      ignorePreflightErrors: node.ignorePreflightErrors,
      kubeletExtraArgs: node.kubeletExtraArgs.map(arg => ({ ...arg })),
    }),
  }
}

function timeoutsTree(timeouts: Timeouts): JsonObject {
  return Object.fromEntries(Object.entries(timeouts).map(([name, ms]) => [name, formatDuration(ms as number)]))
}

function written(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)))
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === '' || value === false || value === null
}
