import type { CommonOptions } from '../options.ts'
import { progressReporter, warn } from '../run/report.ts'
import { withHosts } from '../run/with-hosts.ts'
import { type InitCommandLine, observeInit, parseInitCommand } from './intent.ts'
import { manifestOf, printManifest } from './print-manifest.ts'

/** `kadm init phase addon <name> --print-manifest`: reads the host and changes nothing. */
export async function runPrintManifest(
  input: InitCommandLine & { readonly phase: readonly string[] },
  options: CommonOptions,
): Promise<number> {
  const asked = parseInitCommand(input, new Date())
  const manifest = manifestOf(input.phase)
  warn(asked.warnings)
  return withHosts(asked.hosts, { options }, async ([first]) => {
    if (first === undefined) return 0
    const report = (about: string) => progressReporter(options, about)
    const { target, warnings } = await observeInit(asked, { first, report })
    warn(warnings, asked.warnings)
    process.stdout.write(printManifest(manifest(target), options.output))
    return 0
  })
}
