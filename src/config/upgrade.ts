import type { Timeouts } from '../cluster/spec.ts'
import type { Problem } from '../errors/kadm-error.ts'
import type { Drafts } from './documents/drafts.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { allProblems, readDocument } from './documents/sound-part.ts'
import type { Fault } from './field/field-path.ts'
import { validatePath, validatePullPolicy } from './field/validate-fields.ts'
import { type UpgradeDocument, upgradeSchema } from './kinds/kind-schemas.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

type Apply = NonNullable<UpgradeDocument['apply']>
type OnNode = NonNullable<UpgradeDocument['node']>
type Defaulted = 'certificateRenewal' | 'etcdUpgrade' | 'imagePullPolicy' | 'imagePullSerial'

/** UpgradeConfiguration of v1beta4 with defaults. Unset booleans stay absent, so that a flag can set them. */
export interface UpgradeConfiguration {
  readonly apply: Apply & Required<Pick<Apply, Defaulted>>
  readonly node: OnNode & Required<Pick<OnNode, Defaulted>>
  readonly plan: NonNullable<UpgradeDocument['plan']> & { readonly etcdUpgrade: boolean }
  readonly diff: NonNullable<UpgradeDocument['diff']>
  readonly timeouts: Timeouts
}

const kind = 'UpgradeConfiguration'
const onNode = { certificateRenewal: true, etcdUpgrade: true, imagePullPolicy: 'IfNotPresent', imagePullSerial: true }

/**
 * Reads a file with an UpgradeConfiguration; all defaults without one. `overlay` applies flags, and returns the errors
 * of their values. Throws CONFIG_INVALID.
 */
export function parseUpgrade(
  file?: ConfigFile,
  overlay: (drafts: Drafts) => readonly Problem[] = () => [],
): {
  readonly config: UpgradeConfiguration
  readonly warnings: readonly string[]
  readonly drafts: Drafts
} {
  const { drafts, problems: ofFile, warnings } = openDrafts(file, [kind], [kind])
  const problems = [...ofFile, ...overlay(drafts)]
  const read = readDocument(upgradeSchema, kind, drafts.typed(kind))
  const document: UpgradeDocument = read.value ?? {}
  throwProblems(allProblems(drafts, problems, read.faults, validateUpgrade(document)))
  const config: UpgradeConfiguration = {
    apply: { ...onNode, ...document.apply },
    node: { ...onNode, ...document.node },
    plan: { etcdUpgrade: true, ...document.plan },
    diff: document.diff ?? {},
    timeouts: defaultTimeouts(document.timeouts),
  }
  return { config, warnings, drafts }
}

/** Source: ValidateUpgradeConfiguration, which also rejects `patches` without a directory. */
function validateUpgrade(document: UpgradeDocument): readonly Fault[] {
  return (['apply', 'node'] as const).flatMap(part => {
    const { patches, imagePullPolicy } = document[part] ?? {}
    return [
      ...(patches === undefined ? [] : validatePath(kind, [part, 'patches', 'directory'], patches.directory ?? '')),
      ...validatePullPolicy(kind, [part, 'imagePullPolicy'], imagePullPolicy),
    ]
  })
}
