import { maskUrls } from '../../errors/mask-url.ts'
import type { ReportProgress } from '../../observe/cluster/cluster-wait.ts'
import type { CommonOptions } from '../options.ts'

/** Prints warnings that were not printed before to stderr. */
export function warn(warnings: readonly string[], printed: readonly string[] = []): void {
  for (const text of warnings) if (!printed.includes(text)) process.stderr.write(`warning: ${maskUrls(text)}\n`)
}

/**
 * Returns a function that prints progress lines to stderr before the run has steps. With JSON progress, stderr contains
 * only events.
 */
export function progressReporter({ progress }: Pick<CommonOptions, 'progress'>, about: string): ReportProgress {
  if (progress === 'json' || progress === 'quiet') return () => undefined
  return text => void process.stderr.write(`[${about}] ${maskUrls(text)}\n`)
}
