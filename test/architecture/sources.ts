import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Import, importsOf } from './imports.ts'

/** One file of src. */
export interface Source {
  /** Below src: `phases/certs/ca.ts`. */
  readonly path: string
  readonly text: string
  /** The text without comments and string literals, so that words in them are not read as code. */
  readonly code: string
  readonly imports: readonly Import[]
}

const root = fileURLToPath(new URL('../../src/', import.meta.url))

/** Every TypeScript file of src, sorted by path. */
export function readSources(): Source[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.ts'))
    .sort()
    .map(path => sourceOf(path, readFileSync(root + path, 'utf8')))
}

export function sourceOf(path: string, text: string): Source {
  return { path, text, code: withoutText(text), imports: importsOf(path, withoutComments(text)) }
}

const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g

function withoutComments(text: string): string {
  return text.replace(tokens, token => (token.startsWith('/') ? '' : token))
}

/** Keeps the code of template literals between `${` and `}`. */
function withoutText(text: string): string {
  return text.replace(tokens, token => {
    if (token.startsWith('`')) return `\`${[...token.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(' ')}\``
    return token.startsWith('/') ? '' : "''"
  })
}
