import type { Cluster, EtcdDirs, MachineFacts, Node, Role } from '../cluster/cluster.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import { paths } from '../cluster/paths.ts'
import { releases } from '../cluster/releases.ts'
import type { ResetRequest } from '../cluster/request.ts'
import type { ClusterConfiguration, ExternalEtcd, Timeouts } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { baseRequest, startupTimeoutOf } from './base-request.ts'
import type { Drafts } from './documents/drafts.ts'
import { refuseNotBuilt } from './documents/not-built.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { allProblems, readDocument } from './documents/sound-part.ts'
import { type CheckNames, warnOfIgnored } from './field/check-names.ts'
import { type Fault, faultsOf } from './field/field-path.ts'
import { neededFaults, needsAll } from './field/machine-needs.ts'
import { validateIgnored, validatePath } from './field/validate-fields.ts'
import type { FlagValues } from './flags/flag.ts'
import { overlayFlags, readRunFlags, refuseMixing } from './flags/overlay.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { completeComponents } from './kinds/component-configs.ts'
import { type ResetDocument, resetSchema } from './kinds/kind-schemas.ts'
import { completeNode, toNode, validateSocket, withScheme } from './kinds/node-registration.ts'
import { type JudgePhase, validatePhases } from './kinds/skipped-phases.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

/** ResetConfiguration of v1beta4 with defaults. The container runtime is detected on the host if it is not set. */
export interface ResetConfiguration {
  readonly cleanupTmpDir: boolean
  /** Absent: from the cluster, else the default. */
  readonly certificatesDir?: string
  readonly criSocket?: string
  readonly dryRun: boolean
  readonly force: boolean
  readonly ignorePreflightErrors: readonly string[]
  readonly skipPhases: readonly string[]
  readonly unmountFlags: readonly string[]
  readonly timeouts: Timeouts
}

export interface ResetInput {
  readonly file?: ConfigFile
  readonly flags: FlagValues
  /** Validates phase names in a file. */
  readonly judgePhase?: JudgePhase
  /** The preflight checks that can be ignored, to warn about other names. */
  readonly checkNames?: CheckNames
}

/** A configuration of reset that was validated as far as possible without the host. */
export interface ParsedReset {
  readonly config: ResetConfiguration
  /** From the flags. */
  readonly kubeconfig: string
  readonly cleanupNetwork: boolean
  readonly backupDir?: string
  readonly warnings: readonly string[]
  readonly drafts: Drafts
}

const kind = 'ResetConfiguration'
const unmountFlags = ['MNT_FORCE', 'MNT_DETACH', 'MNT_EXPIRE', 'UMOUNT_NOFOLLOW']

/** Reads the file and the flags of reset; all defaults without them. Throws CONFIG_INVALID, USAGE, NOT_BUILT. */
export function parseReset(input: ResetInput): ParsedReset {
  const { file, flags } = input
  refuseMixing(file, flags)
  const { drafts, problems, warnings } = openDrafts(file, [kind], [kind])
  const flagProblems = overlayFlags(drafts, 'reset', flags)
  const read = readDocument(resetSchema, kind, drafts.typed(kind))
  const config = defaultReset(read.value ?? {})
  const phases = flags['skip-phases'] === undefined ? validatePhases(kind, config.skipPhases, input.judgePhase) : []
  const judged = [...validateReset(config), ...phases]
  throwProblems(allProblems(drafts, [...problems, ...flagProblems], read.faults, judged))
  refuseNotBuilt({ ResetConfiguration: drafts.read(kind) })
  const { backup } = flags
  return {
    config,
    kubeconfig: readRunFlags(flags).kubeconfig ?? `${paths.kubernetesDir}/admin.conf`,
    cleanupNetwork: flags['cleanup-network'] === true,
    ...(backup === undefined ? {} : { backupDir: checkBackupDir(String(backup), config) }),
    warnings: [...warnings, ...warnOfIgnored(config.ignorePreflightErrors, input.checkNames)],
    drafts,
  }
}

function defaultReset(document: ResetDocument): ResetConfiguration {
  const { criSocket, certificatesDir } = document
  return {
    cleanupTmpDir: document.cleanupTmpDir ?? false,
    ...given({ certificatesDir }),
    ...(criSocket === undefined ? {} : { criSocket: withScheme(criSocket) }),
    dryRun: document.dryRun ?? false,
    force: document.force ?? false,
    ignorePreflightErrors: [...new Set((document.ignorePreflightErrors ?? []).map(name => name.toLowerCase()))].sort(),
    skipPhases: document.skipPhases ?? [],
    unmountFlags: document.unmountFlags ?? [],
    timeouts: defaultTimeouts(document.timeouts),
  }
}

/** Source: ValidateResetConfiguration. */
function validateReset(config: ResetConfiguration): readonly Fault[] {
  const { criSocket, certificatesDir } = config
  return [
    ...(criSocket === undefined ? [] : validateSocket(kind, ['criSocket'], criSocket)),
    ...(certificatesDir === undefined ? [] : validatePath(kind, ['certificatesDir'], certificatesDir)),
    ...validateIgnored(kind, ['ignorePreflightErrors'], config.ignorePreflightErrors),
    ...config.unmountFlags.flatMap((flag, i) => {
      if (unmountFlags.includes(flag)) return []
      const usable = unmountFlags.filter(name => name !== 'MNT_EXPIRE').join(', ')
      return [faultsOf(kind)(['unmountFlags', i], `unknown unmount flag ${flag}`, `use ${usable}`)]
    }),
  ]
}

/** Rejects a backup directory inside a directory that is emptied. Throws USAGE. */
function checkBackupDir(dir: string, { certificatesDir }: ResetConfiguration): string {
  const emptied = [paths.kubernetesDir, paths.kubeletDir, '/var/lib/etcd', '/var/lib/kadm', certificatesDir ?? '/']
  const inside = emptied.find(one => one !== '/' && `${dir}/`.startsWith(`${one}/`))
  if (dir.startsWith('/') && !dir.split('/').includes('..') && inside === undefined) return dir.replace(/(.)\/+$/, '$1')
  const why = inside === undefined ? 'it is not an absolute path' : `reset removes the contents of ${inside}`
  throw new KadmError('USAGE', `--backup ${dir} cannot be used: ${why}`, {
    hint: 'use a directory such as /root/backup',
  })
}

/** Facts of a host and its cluster about the node to reset. */
export interface ResetTarget {
  readonly facts: MachineFacts
  readonly role: Role
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
  /** The runtime that the node was created with. */
  readonly criSocket?: string
  /** From the cluster, if it answered. */
  readonly config?: ClusterConfiguration
  readonly etcdData?: EtcdDirs
  /** As seen on the host, for a cluster that did not answer. */
  readonly externalEtcd?: ExternalEtcd
}

/** The node to reset, with its cluster and its request. */
export interface CompletedReset {
  readonly cluster: Cluster
  readonly node: Node
  readonly request: ResetRequest
}

/** Returns a Cluster with the node to reset; with defaults if the cluster did not answer. Throws CONFIG_INVALID. */
export function completeReset(parsed: ParsedReset, target: ResetTarget, needs = needsAll): CompletedReset {
  const { certificatesDir, ignorePreflightErrors } = parsed.config
  const { name, facts, role } = target
  const criSocket = parsed.config.criSocket ?? target.criSocket
  const draft = {
    kind,
    ...given({ name, criSocket }),
    kubeletExtraArgs: [],
    ignorePreflightErrors,
    imagePullPolicy: 'IfNotPresent',
    imagePullSerial: true,
  } as const
  const { node: registration, faults } = completeNode(draft, facts)
  // In this kind the fields of a node are at the top of the document.
  throwProblems(
    neededFaults(faults, needs).map(fault => parsed.drafts.problemOf({ ...fault, path: fault.path.slice(-1) })),
  )
  const [{ newest }] = releases
  const { externalEtcd: external } = target
  const unasked = defaultClusterConfiguration({}, newest, defaultBindPort)
  const config = target.config ?? (external === undefined ? unasked : { ...unasked, etcd: { external } })
  const advertiseAddress = target.advertiseAddress ?? facts.defaultAddress ?? facts.defaultAddress6 ?? ''
  const endpoint = { advertiseAddress, bindPort: target.bindPort ?? defaultBindPort }
  const node = toNode(registration, facts, role === 'control-plane' ? endpoint : undefined)
  const request = resetRequest(parsed, target)
  const { kubelet, kubeProxy } = completeComponents({}, config, advertiseAddress)
  return {
    cluster: {
      config: certificatesDir === undefined ? config : { ...config, certificatesDir },
      kubelet,
      kubeProxy,
      patches: [],
      startupTimeoutMs: startupTimeoutOf(request),
      nodes: [node],
    },
    node,
    request,
  }
}

function resetRequest(parsed: ParsedReset, { config: found, etcdData }: ResetTarget): ResetRequest {
  const { config, cleanupNetwork, backupDir, kubeconfig } = parsed
  return {
    ...baseRequest({ kubeconfig }, config),
    cleanupTmpDir: config.cleanupTmpDir,
    cleanupNetwork,
    unmountFlags: config.unmountFlags,
    ...given({ backupDir }),
    fromCluster: found !== undefined,
    ...given({ etcdData }),
  }
}
