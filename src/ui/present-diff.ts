import { palette } from './palette.ts'

export interface ShownDiff {
  readonly node?: string
  readonly what: string
  readonly before?: string
  readonly diff: readonly string[]
}

/** Formats unified diffs with the headers of kubeadm; with several nodes, each file has the name of its node. */
export function presentDiff(
  diffs: readonly ShownDiff[],
  { several, color }: { readonly several: boolean; readonly color: boolean },
): string {
  const paint = palette(color)
  const paintLine = (line: string) => {
    if (line.startsWith('+')) return paint.green(line)
    if (line.startsWith('-')) return paint.red(line)
    return line.startsWith('@@') ? paint.cyan(line) : line
  }
  const lines = diffs.flatMap(({ node, what, before, diff }) => {
    const name = several && node !== undefined ? `${node}:${what}` : what
    const kind = node === undefined ? 'new object' : what.includes('/manifests/') ? 'new manifest' : 'new file'
    const heads = [`--- ${before === undefined ? '/dev/null' : name}`, `+++ ${before === undefined ? name : kind}`]
    return [...heads.map(head => paint.bold(head)), ...diff.map(paintLine)]
  })
  return lines.map(line => `${line}\n`).join('')
}
