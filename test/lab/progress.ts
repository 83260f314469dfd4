/** Reports the progress of the lab on stderr, so that a long preparation does not look stuck. */
export function say(line: string): void {
  process.stderr.write(`lab: ${line}\n`)
}

/** Seconds since `start` (from `performance.now()`), with one decimal: "3.2 s". */
export function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
