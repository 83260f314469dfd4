import { isMap, type Pair, parseDocument, type Scalar } from 'yaml'

const field = 'serverTLSBootstrap'

/** Every value stays as written, because this edit does not interpret values. */
const asTexts = { schema: 'failsafe', prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const

/**
 * Returns a KubeletConfiguration with serverTLSBootstrap in the order of its keys, or without the field, as the default is
 * written. Everything else stays as it is. undefined for a text that is not a YAML mapping.
 */
export function setServerTlsBootstrap(text: string, value: boolean): string | undefined {
  const document = parseDocument(text, asTexts)
  const { contents } = document
  if (document.errors.length > 0 || !isMap(contents)) return undefined
  const names = contents.items.map(keyOf)
  const at = names.indexOf(field)
  if (!value) {
    if (at < 0) return text
    document.delete(field)
  } else if (at >= 0) {
    if (document.get(field) === 'true') return text
    document.set(field, 'true')
  } else {
    const next = names.findIndex(name => name > field)
    contents.items.splice(next < 0 ? names.length : next, 0, document.createPair(field, 'true') as Pair<never, never>)
  }
  return document.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false })
}

function keyOf({ key }: Pair<unknown, unknown>): string {
  return String((key as Scalar).value)
}
