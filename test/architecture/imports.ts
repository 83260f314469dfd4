import { posix } from 'node:path'

/** One import of a file: static, dynamic or a re-export. */
export interface Import {
  /** A file below src. */
  readonly from: string
  /** A file below src, or the name of a package. */
  readonly to: string
  readonly inSrc: boolean
  /** True if nothing of it remains at run time. */
  readonly typeOnly: boolean
}

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:([\w*${}\s,]*?)\s*from\s*)?['"]([^'"\n]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)(\.\w+)?/g

/** Returns the imports in a text without comments. */
export function importsOf(from: string, text: string): Import[] {
  const found = [...text.matchAll(statement)].map(([, type, names, to]) => ({
    to: to ?? '',
    typeOnly: type !== undefined || onlyTypes(names),
  }))
  const lazily = [...text.matchAll(dynamic)].map(([, to]) => ({ to: to ?? '', typeOnly: false }))
  return [...found, ...lazily].map(({ to, typeOnly }) => {
    const inSrc = to.startsWith('.')
    return { from, to: inSrc ? posix.join(posix.dirname(from), to) : to, inSrc, typeOnly }
  })
}

/** `{ type A, type B }` */
function onlyTypes(names: string | undefined): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names?.trim() ?? '')?.[1]
  const parts =
    inner
      ?.split(',')
      .map(name => name.trim())
      .filter(name => name !== '') ?? []
  return parts.length > 0 && parts.every(name => name.startsWith('type '))
}

/** Returns cycles of imports including those of types, each once, as `a > b > a`. */
export function cyclesOf(imports: readonly Import[]): string[] {
  const edges = new Map<string, string[]>()
  for (const { from, to, inSrc } of imports) {
    if (inSrc) edges.set(from, [...(edges.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file)
    if (at >= 0) cycles.push([...path.slice(at), file].join(' > '))
    if (at >= 0 || done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
  return cycles
}
