import xterm from '@xterm/headless'

/** What a terminal of a given size shows after some output, with what has scrolled away above, without trailing spaces. */
export async function screenAfter(output: string, { columns = 80, rows = 40 } = {}): Promise<string> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  await new Promise<void>(resolve => terminal.write(output, resolve))
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '')
  terminal.dispose()
  return lines.join('\n').trimEnd()
}
