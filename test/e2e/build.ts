import { join } from 'node:path'
import { exec } from '../lab/exec.ts'

/** Vitest's global setup of tests on real nodes: they run the bundle, which must match the sources. */
export async function setup(): Promise<void> {
  await exec(process.execPath, ['build/bundle.mjs'], { cwd: join(import.meta.dirname, '..', '..') })
}
