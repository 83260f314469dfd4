/** Characters that roff, or one of its devices, reads as something else. */
const special: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
}

/** The text as roff shows it: nothing in it is a request or an escape. */
export function escaped(text: string): string {
  const safe = text.replace(/[\\\-'`^~"]|[^\n -~]/gu, char => special[char] ?? unicode(char))
  return safe.replace(/^\./gm, '\\&.')
}

function unicode(char: string): string {
  return `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
}

/** A paragraph: each sentence starts on a line of its own, and no line is longer than 80 characters. */
export function paragraph(text: string): string {
  return text
    .split(/(?<=[.:;!?]) +(?=[A-Z])/)
    .map(sentence => wrapped(sentence))
    .join('\n')
}

function wrapped(sentence: string): string {
  const lines: string[] = ['']
  for (const word of sentence.split(/\s+/).filter(Boolean).map(escaped)) {
    const last = lines.at(-1) ?? ''
    const longer = last === '' ? word : `${last} ${word}`
    if (longer.length > 78 && last !== '') lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.join('\n')
}

export function section(title: string, ...body: readonly string[]): string {
  return [`.SH ${title}`, ...body].join('\n')
}

/** A term, which is set in bold up to its first placeholder, and what it means. */
export function item(term: string, text: string): string {
  const [, name = '', rest = ''] = /^([^<[]*)(.*)$/s.exec(term) ?? []
  return `.TP\n\\fB${escaped(name)}\\fR${escaped(rest)}\n${paragraph(text)}`
}

/** Lines as they stand, indented. */
export function example(lines: readonly string[]): string {
  return ['.RS 4', '.EX', ...lines.map(escaped), '.EE', '.RE'].join('\n')
}
