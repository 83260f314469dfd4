import { recordPath, type UpgradeRecord, upgradesDir } from '../../cluster/upgrade-record.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../machine/read-text.ts'

/** A backup on a host, and what became of the upgrade after it. */
export interface FoundRecord extends UpgradeRecord {
  readonly state: 'open' | 'done' | 'rolled back'
}

/** Reads the backups of upgrades on a host, newest first. A backup that was not completed has no record. */
export async function readUpgradeRecords(host: HostReader): Promise<readonly FoundRecord[]> {
  const runs = await host.list(upgradesDir)
  const found = await Promise.all(
    runs.map(async run => {
      const [text, done, back] = await Promise.all([
        readText(host, recordPath(run, 'record')),
        host.stat(recordPath(run, 'done')),
        host.stat(recordPath(run, 'rolledBack')),
      ])
      const state = back !== undefined ? 'rolled back' : done !== undefined ? 'done' : 'open'
      return text === undefined ? [] : [{ ...(JSON.parse(text) as UpgradeRecord), state } as const]
    }),
  )
  return found.flat().toReversed()
}

/** Returns the backup of an upgrade to this version that was not completed: it has the state before the first try. */
export function unfinishedRecord(records: readonly FoundRecord[], to: string): FoundRecord | undefined {
  const [newest] = records
  return newest?.state === 'open' && newest.to === to ? newest : undefined
}
