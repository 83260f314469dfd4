import { structuredPatch } from 'diff'

/** Lines of a unified diff with three lines of context, without the names of files; empty when the texts are equal. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 })
  return hunks.flatMap(hunk => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ])
}

/** As diff -u counts: a single line has no length, and no lines come after the line before. */
function range(start: number, lines: number): string {
  if (lines === 1) return String(start)
  return `${lines === 0 ? start - 1 : start},${lines}`
}
