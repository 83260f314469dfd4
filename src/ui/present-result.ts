import { stringify } from 'yaml'

/** The format of a command's result on stdout. */
export type OutputFormat = 'text' | 'json' | 'yaml'

/** Formats a command's result. Pure; ends with a line break. Long lines of YAML are not wrapped. */
export function presentResult<T>(value: T, format: OutputFormat, textOf: (value: T) => string): string {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  if (format === 'yaml') return stringify(value, { lineWidth: 0, version: '1.1' })
  const text = textOf(value)
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
