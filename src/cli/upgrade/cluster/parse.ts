import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ArchiveFile } from '../../../cluster/binary-source.ts'
import { parseDuration } from '../../../cluster/duration.ts'
import { given } from '../../../cluster/given.ts'
import type { UpgradeClusterAsk } from '../../../compose/upgrade-cluster.ts'
import type { NamedHost } from '../../../compose/machines.ts'
import type { FlagValues } from '../../../config/flags/flag.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { machinePath, ownPath } from '../../named-paths.ts'
import type { CommonOptions } from '../../options.ts'
import { parseUpgradeCommand, type UpgradeAsked } from '../asked.ts'
import { readTarget } from '../target.ts'

export interface UpgradeClusterOptions extends CommonOptions {
  readonly allNodes?: boolean
  readonly binaries?: string
  readonly binariesFrom?: string
  readonly maxUnavailable: string
  readonly drainTimeout: string
  readonly drainForce?: boolean
  readonly deleteEmptydirData?: boolean
  readonly pauseAfter?: string
  readonly beforeNode?: string
  readonly afterNode?: string
}

export interface UpgradeClusterInput {
  readonly version: string
  readonly options: UpgradeClusterOptions
  readonly flags: FlagValues
  /** The hosts of --all-nodes. */
  readonly hosts?: readonly NamedHost[]
}

/** Where the kubelets come from, before the archive is read. */
export type BinaryPlace =
  | { readonly kind: 'packages' }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly file: ArchiveFile }

export interface UpgradeClusterAsked extends UpgradeAsked {
  readonly binaries: BinaryPlace
  readonly ask: Omit<UpgradeClusterAsk, 'binaries'>
  readonly maxUnavailable: MaxUnavailable
}

/** How many workers are upgraded at the same time. */
export type MaxUnavailable = { readonly count: number } | { readonly percent: number }

/** Reads the flags and the file of `upgrade cluster`. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parseUpgradeCluster({
  version: text,
  options,
  flags,
  hosts,
}: UpgradeClusterInput): UpgradeClusterAsked {
  const asked = parseUpgradeCommand('apply', { options, flags })
  const version = readTarget(text)
  if (version === undefined) throw new KadmError('USAGE', 'the version to upgrade to is missing')
  const { drainTimeout, drainForce, deleteEmptydirData, pauseAfter } = options
  const { allowExperimentalUpgrades, allowRCUpgrades, forceUpgrade } = asked.parsed.apply
  return {
    ...asked,
    ...given({ hosts }),
    binaries: readBinaries(options),
    maxUnavailable: readMaxUnavailable(options.maxUnavailable),
    ask: {
      options: { ...asked.upgrade, version },
      drain: {
        timeoutMs: readDrainTimeout(drainTimeout),
        force: drainForce === true,
        deleteEmptyDirData: deleteEmptydirData === true,
      },
      hooks: { dir: resolve('.'), ...given({ before: options.beforeNode, after: options.afterNode }) },
      force: forceUpgrade === true,
      allowExperimental: allowExperimentalUpgrades === true,
      allowReleaseCandidate: allowRCUpgrades === true,
      ...given({ pauseAfter: pauseAfter?.trim().toLowerCase() }),
    },
  }
}

function readBinaries({ binaries = '', binariesFrom = '', host }: UpgradeClusterOptions): BinaryPlace {
  if (binaries !== '' && binariesFrom !== '') {
    throw new KadmError('USAGE', '--binaries cannot be combined with --binaries-from', { hint: 'omit one of them' })
  }
  if (binaries !== '') {
    return { kind: 'directory', path: machinePath(binaries, { by: '--binaries', remote: host !== undefined }) }
  }
  return binariesFrom === '' ? { kind: 'packages' } : { kind: 'file', file: openArchive(binariesFrom) }
}

function openArchive(name: string): ArchiveFile {
  const path = ownPath(name)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile() === true) return { name, open: () => createReadStream(path) }
  const what = stat === undefined ? 'does not exist' : 'is not a file'
  throw new KadmError('CONFIG_UNREADABLE', `--binaries-from ${name}: the file ${what}`, {
    hint: 'name a tar archive with kubelet, kubectl and SHA256SUMS on this host',
  })
}

function readMaxUnavailable(text: string): MaxUnavailable {
  const [, digits = '', percent] = /^(\d{1,4})(%?)$/.exec(text.trim()) ?? []
  const number = Number(digits)
  if (digits !== '' && number > 0 && (percent === '' || number <= 100)) {
    return percent === '' ? { count: number } : { percent: number }
  }
  throw new KadmError('USAGE', `--max-unavailable ${text} is not a number of workers or a percentage`, {
    hint: 'write it as 2 or 25%',
  })
}

/** Returns how many of the workers are upgraded at the same time: at least one. */
export function workersAtOnce(limit: MaxUnavailable, workers: number): number {
  return 'count' in limit ? limit.count : Math.max(1, Math.floor((workers * limit.percent) / 100))
}

function readDrainTimeout(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new KadmError('USAGE', `--drain-timeout ${text} is not a duration`, { hint: 'write it as 90s, 5m or 1h30m' })
}
