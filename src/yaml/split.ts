import { YamlFault } from './cursor.ts'

/** One document of a file: its text, and the number of lines before it. */
export interface Chunk {
  readonly text: string
  readonly linesBefore: number
}

/**
 * Splits a file into documents as kubeadm does, before it is parsed as YAML: at every line that starts with `---`. Text
 * before the first such line is a document too unless it is empty, even if it is only a comment. Throws YamlFault.
 */
export function splitDocuments(text: string): readonly Chunk[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const chunks: Chunk[] = []
  let start = 0
  const close = (end: number) => {
    if (end > start) chunks.push({ text: `${lines.slice(start, end).join('\n')}\n`, linesBefore: start })
  }
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith('---')) continue
    const rest = line.slice(3).trim()
    if (rest !== '' && !rest.startsWith('#')) {
      throw new YamlFault('only a comment is allowed after "---"', { line: i })
    }
    // The first line of a document is part of it: two of them in a row are an empty document.
    if (i === start) continue
    close(i)
    start = i + 1
  }
  close(lines.length)
  return chunks
}
