import { buildProgram } from '../lab/program.ts'

/** Vitest's global setup of tests on real nodes: they run the executable, which must match the sources. */
export async function setup(): Promise<void> {
  await buildProgram()
}
