import { maskUrls } from '../../errors/mask-url.ts'
import type { ReportProgress } from '../../observe/cluster/cluster-wait.ts'
import type { CommonOptions } from '../options.ts'

/** Warnings about a configuration that were not printed before. */
export function warn(warnings: readonly string[], printed: readonly string[] = []): void {
  for (const text of warnings) if (!printed.includes(text)) process.stderr.write(`warning: ${maskUrls(text)}\n`)
}

/** Lines on stderr while there are no steps to show yet. A program that reads stderr gets events alone. */
export function progressReporter({ progress }: Pick<CommonOptions, 'progress'>, about: string): ReportProgress {
  if (progress === 'json' || progress === 'quiet') return () => undefined
  return text => void process.stderr.write(`[${about}] ${maskUrls(text)}\n`)
}
