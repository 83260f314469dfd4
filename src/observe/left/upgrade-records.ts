import { recordPath, type UpgradeRecord, upgradesDir } from '../../cluster/upgrade-record.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../machine/read-text.ts'

/** A backup on a host, and whether the upgrade after it was completed. */
export interface FoundRecord extends UpgradeRecord {
  readonly done: boolean
}

/** Reads the backups of upgrades on a host, newest first. A backup that was not completed has no record. */
export async function readUpgradeRecords(host: HostReader): Promise<readonly FoundRecord[]> {
  const runs = await host.list(upgradesDir)
  const found = await Promise.all(
    runs.map(async run => {
      const [text, done] = await Promise.all([
        readText(host, recordPath(run, 'record')),
        host.stat(recordPath(run, 'done')),
      ])
      return text === undefined ? [] : [{ ...(JSON.parse(text) as UpgradeRecord), done: done !== undefined }]
    }),
  )
  return found.flat().toReversed()
}

/** Returns the backup of an upgrade to this version that was not completed: it has the state before the first try. */
export function unfinishedRecord(records: readonly FoundRecord[], to: string): FoundRecord | undefined {
  const [newest] = records
  return newest !== undefined && !newest.done && newest.to === to ? newest : undefined
}
