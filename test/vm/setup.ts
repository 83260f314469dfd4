import { rm } from 'node:fs/promises'
import { setup as build } from '../e2e/build.ts'
import { withLock } from '../lab/lock.ts'
import { missingPrerequisites } from '../lab/prerequisites.ts'
import { stopAll } from '../lab/vm/machine.ts'
import { homes } from './operator.ts'

/** Vitest's global setup: one run at a time has the machines, and leaves none running. */
export async function setup(): Promise<() => Promise<void>> {
  const missing = await missingPrerequisites()
  if (missing.length > 0) throw new Error(missing.join('\n'))
  await build()
  let over = () => {}
  const held = new Promise<void>(resolve => {
    over = resolve
  })
  const locked = await new Promise<{ end: Promise<void> }>((resolve, reject) => {
    const end = withLock('vm-machines', () => {
      resolve({ end })
      return held
    })
    end.catch(reject)
  })
  await stopAll()
  return async () => {
    await stopAll()
    await rm(homes, { recursive: true, force: true })
    over()
    await locked.end
  }
}
