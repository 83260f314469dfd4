import type { Timeouts } from '../cluster/spec.ts'
import { warnOfIgnored } from './check-names.ts'
import { type Fault, faultsOf } from './field-path.ts'
import { type ResetDocument, resetSchema } from './kind-schemas.ts'
import { validateSocket } from './node-registration.ts'
import { type ConfigFile, openDrafts, throwProblems } from './open-drafts.ts'
import { checkSchema } from './schema-check.ts'
import { defaultTimeouts } from './timeouts.ts'
import { validateIgnored, validatePath } from './validate-fields.ts'

/** ResetConfiguration of v1beta4 after defaulting; the container runtime is the machine's to tell when none is named. */
export interface ResetConfiguration {
  readonly cleanupTmpDir: boolean
  readonly certificatesDir: string
  readonly criSocket?: string
  readonly dryRun: boolean
  readonly force: boolean
  readonly ignorePreflightErrors: readonly string[]
  readonly skipPhases: readonly string[]
  readonly unmountFlags: readonly string[]
  readonly timeouts: Timeouts
}

const kind = 'ResetConfiguration'
const unmountFlags = ['MNT_FORCE', 'MNT_DETACH', 'MNT_EXPIRE', 'UMOUNT_NOFOLLOW']

/** Reads a file that holds a ResetConfiguration; all defaults without one. Throws CONFIG_INVALID. */
export function parseReset(file?: ConfigFile): {
  readonly config: ResetConfiguration
  readonly warnings: readonly string[]
} {
  const { drafts, problems, warnings } = openDrafts(file, [kind], [kind])
  const read = checkSchema(resetSchema, kind, drafts.read(kind))
  throwProblems([...problems, ...read.faults.map(drafts.problemOf)])
  const config = defaultReset('value' in read ? read.value : {})
  throwProblems(validateReset(config).map(drafts.problemOf))
  return { config, warnings: [...warnings, ...warnOfIgnored(config.ignorePreflightErrors)] }
}

function defaultReset(document: ResetDocument): ResetConfiguration {
  const { criSocket } = document
  return {
    cleanupTmpDir: document.cleanupTmpDir ?? false,
    certificatesDir: document.certificatesDir ?? '/etc/kubernetes/pki',
    ...(criSocket === undefined ? {} : { criSocket: criSocket.startsWith('/') ? `unix://${criSocket}` : criSocket }),
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
  const { criSocket } = config
  return [
    ...(criSocket === undefined ? [] : validateSocket(kind, ['criSocket'], criSocket)),
    ...validatePath(kind, ['certificatesDir'], config.certificatesDir),
    ...validateIgnored(kind, ['ignorePreflightErrors'], config.ignorePreflightErrors),
    ...config.unmountFlags.flatMap((flag, i) => {
      if (unmountFlags.includes(flag)) return []
      return [faultsOf(kind)(['unmountFlags', i], `unknown unmount flag ${flag}`, `use ${unmountFlags.join(', ')}`)]
    }),
  ]
}
