import { join } from 'node:path'
import type { Bind } from './boot.ts'
import { exec } from './exec.ts'

export const root = join(import.meta.dirname, '..', '..')
const name = `kadm-${process.platform}-${process.arch}`

/** kadm in one file on this host, after `buildProgram`. */
export const program = join(root, 'dist', name)

/** The same file on a node that has `programBind`. A node has no JavaScript runtime. */
export const programOnNode = `/opt/kadm/${name}`
export const programBind: Bind = { from: join(root, 'dist'), to: '/opt/kadm' }

/** Builds the executable from the sources, which takes a few seconds. */
export async function buildProgram(): Promise<void> {
  await exec(process.execPath, ['build/binary.mjs'], { cwd: root })
}
