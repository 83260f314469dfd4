/** Characters that are invisible in a message: control and format characters, and spaces other than U+0020. */
const invisible = /\p{Default_Ignorable_Code_Point}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

/** Returns the text with every invisible character written as `\u00a0`. Line breaks stay. */
export function visible(text: string): string {
  return text.replace(invisible, char => (char === '\n' ? char : escaped(char)))
}

/** Returns the name and the one-based column of the first invisible character of a line. Tabs count as visible. */
export function invisibleIn(line: string): string | undefined {
  const [match] = [...line.matchAll(invisible)].filter(([char]) => char !== '\t')
  if (match === undefined) return undefined
  const name = names[match[0]] ?? 'an invisible character'
  return `${name} (${escaped(match[0])}) as its character ${[...line.slice(0, match.index)].length + 1}`
}

const names: Readonly<Record<string, string>> = {
  '\u00a0': 'a no-break space',
  '\u200b': 'a zero-width space',
  '\ufeff': 'a byte order mark',
  '\u202f': 'a narrow no-break space',
  '\u2007': 'a figure space',
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16).padStart(4, '0')
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`
}
