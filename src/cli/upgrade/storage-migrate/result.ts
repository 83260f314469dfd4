import { counted } from '../../../ui/text.ts'
import type { RunReport } from '../../run/run-plan.ts'

/** The result of `kadm upgrade storage-migrate`. `migrated` has names such as `deployments.apps`. */
export function storageMigrateResult(version: string, { results, phases, warnings, seconds }: RunReport) {
  return { version, migrated: (results.migrated ?? []).toSorted(), phases, warnings, seconds }
}

export type StorageMigrateResult = ReturnType<typeof storageMigrateResult>

export function storageMigrateText({ version, migrated, seconds }: StorageMigrateResult): string {
  return `The objects of ${counted(migrated.length, 'resource')} are stored as ${version} stores them (${seconds} s).\n`
}
