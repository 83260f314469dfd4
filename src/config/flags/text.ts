/** Parses numbers and lists as Go's flag parser (spf13/pflag) does. */

const digits: readonly (readonly [RegExp, number])[] = [
  [/^0x((?:_?[\da-f])+)$/i, 16],
  [/^0b((?:_?[01])+)$/i, 2],
  [/^0o?((?:_?[0-7])+)$/i, 8],
  [/^((?:0|[1-9](?:_?\d)*))$/, 10],
]

/** strconv.ParseInt with base 0 and 32 bits; undefined if it is not valid. */
export function parseInt32(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  for (const [pattern, base] of digits) {
    const found = pattern.exec(rest)?.[1]
    if (found === undefined) continue
    const size = Number.parseInt(found.replaceAll('_', ''), base)
    const value = sign === '-' && size !== 0 ? -size : size
    return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined
  }
  return undefined
}

/** Parses one line of encoding/csv, as for a list of strings: `a,"b,c"`; undefined for invalid quotes. */
export function parseList(text: string): readonly string[] | undefined {
  if (text === '') return []
  const [line = ''] = text.replace(/^[\r\n]+/, '').split(/\r?\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  const fields: string[] = []
  for (let rest = line; ; ) {
    const [whole, quoted, plain] = /^(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/s.exec(rest) ?? []
    if (whole === undefined) return undefined
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (whole.length === rest.length) return fields
    rest = rest.slice(whole.length + 1)
  }
}
