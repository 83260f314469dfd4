/** Characters that no reader of a message sees: control and format characters, blanks that are not the usual one. */
const invisible = /\p{Default_Ignorable_Code_Point}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

/** The text with every character that cannot be seen written as `\u00a0`; line breaks stay. */
export function visible(text: string): string {
  return text.replace(invisible, char => (char === '\n' ? char : escaped(char)))
}

/** The first such character of a line: its name and which one of the line it is, from 1. Tabs are seen. */
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
