import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prepare } from '../test/lab/prepare.ts'
import { missingPrerequisites } from '../test/lab/prerequisites.ts'
import { buildProgram } from '../test/lab/program.ts'
import { kubernetesVersions } from '../test/lab/versions.ts'
import { measure } from './measure.ts'
import { benchmarksPage } from './page.ts'
import { scenarios } from './scenarios.ts'

/**
 * Runs the executable of kadm and real kubeadm in turn, and writes docs/benchmarks.md. `npm run bench -- init join` runs only those;
 * `--runs 7` sets the number of runs (default: 5).
 */
const words = process.argv.slice(2)
const at = words.indexOf('--runs')
const runs = at >= 0 ? Number(words[at + 1]) : 5
const names = words.filter((_, i) => at < 0 || (i !== at && i !== at + 1))
const missing = await missingPrerequisites()
if (missing.length > 0) throw new Error(missing.join('\n'))
await prepare(kubernetesVersions)
await buildProgram()

const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name))
const results = []
for (const scenario of chosen) {
  console.log(`[bench] ${scenario.title}: ${runs} runs each`)
  results.push({ scenario, figures: await measure(scenario, runs) })
}
const page = benchmarksPage(results, runs)
if (names.length === 0) await writeFile(join(import.meta.dirname, '..', 'docs', 'benchmarks.md'), page)
console.log(page)
