const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** Quotes text as Go's `%q`, which kubeadm uses in kubeadm-flags.env and instance-config.yaml. */
export function goQuote(text: string): string {
  return `"${[...text].map(quoteChar).join('')}"`
}

function quoteChar(char: string): string {
  const short = escapes[char]
  if (short !== undefined) return short
  if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
