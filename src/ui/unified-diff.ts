import { structuredPatch } from 'diff'

/** Returns the lines of a unified diff, by default with three lines of context; empty if the texts are equal. */
export function unifiedDiff(before: string, after: string, context = 3): readonly string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context })
  return hunks.flatMap(hunk => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ])
}

/** As in diff -u, a single line has no length, and an empty range refers to the line before. */
function range(start: number, lines: number): string {
  if (lines === 1) return String(start)
  return `${lines === 0 ? start - 1 : start},${lines}`
}
