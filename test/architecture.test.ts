import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { functionsOf } from './architecture/functions.ts'
import { cyclesOf, type Import } from './architecture/imports.ts'
import { readSources } from './architecture/sources.ts'

const sources = readSources()
const imports = sources.flatMap(source => source.imports)

/** Directories of src by ring. A directory imports only lower rings. */
const rings: Readonly<Record<string, number>> = {
  errors: 0,
  cluster: 0,
  yaml: 0,
  config: 1,
  pki: 1,
  render: 1,
  host: 1,
  clients: 1,
  ops: 2,
  observe: 2,
  phases: 3,
  pipeline: 4,
  compose: 5,
  ui: 5,
  cli: 6,
}

/** Imports inside a ring, and whether only types may be imported. */
const siblings: Readonly<Record<string, 'any' | 'types'>> = {
  'cluster > errors': 'any',
  'yaml > cluster': 'types',
  'clients > host': 'types',
}

/** What ui may import: it shows the data that it receives. */
const uiSees: Readonly<Record<string, 'any' | 'types'>> = { errors: 'any', cluster: 'any', pipeline: 'types' }

/** Packages that only one directory may import. */
const packages: readonly { readonly title: string; readonly name: RegExp; readonly in: RegExp }[] = [
  { title: 'execa runs commands in host/local', name: /^execa$/, in: /^host\/local\// },
  { title: 'ssh2 connects in host/ssh', name: /^ssh2$/, in: /^host\/ssh\// },
  { title: 'node-forge stays in pki', name: /^node-forge$/, in: /^pki\// },
  { title: 'zod stays in config', name: /^zod$/, in: /^config\// },
  { title: 'gRPC stays in clients', name: /^@grpc\/grpc-js$|^protobufjs/, in: /^clients\// },
  {
    title: 'packages that draw stay in ui',
    name: /^(log-update|cli-truncate|string-width|wrap-ansi|ansi-escapes|chalk)$/,
    in: /^ui\//,
  },
  { title: 'commander stays in cli', name: /^commander$/, in: /^cli\// },
  { title: 'processes are started in host/local', name: /^node:child_process$/, in: /^host\/local\/transport\.ts$/ },
  { title: 'node:process and node:console stay in ui and cli', name: /^node:(process|console)$/, in: /^(ui|cli)\// },
]

/** Adapters that change hosts or servers: only compose creates them. */
const adapters = /^(host\/(local|ssh)\/transport|clients\/[^/]+\/client)\.ts$/

/**
 * The rooms of a directory, and the other rooms that each one imports. A file outside the rooms is either imported by
 * them (`below`), or imports them and is not imported by them (`above`).
 */
const walls: readonly {
  readonly folder: string
  readonly files: 'below' | 'above' | 'none'
  readonly rooms: Readonly<Record<string, readonly string[]>>
  /** Files outside the rooms that may import them; all of them if the files are above. */
  readonly doors?: readonly string[]
}[] = [
  {
    folder: 'config',
    files: 'above',
    rooms: {
      field: [],
      typed: ['field'],
      documents: ['field', 'typed'],
      flags: ['field', 'documents'],
      kinds: ['field', 'typed'],
      rules: ['field', 'kinds'],
    },
  },
  {
    folder: 'host',
    files: 'below',
    rooms: { local: [], claim: [], ssh: ['local'] },
    doors: ['connect-host.ts', 'connect-local.ts'],
  },
  {
    folder: 'observe',
    files: 'none',
    rooms: {
      machine: [],
      pki: ['machine'],
      etcd: ['machine'],
      cluster: ['machine', 'pki', 'etcd'],
      start: ['machine', 'cluster', 'pki'],
      left: ['machine', 'etcd'],
    },
  },
  {
    folder: 'cli',
    files: 'below',
    rooms: {
      run: [],
      certs: ['run'],
      completion: ['run'],
      config: ['run'],
      init: ['run'],
      join: ['run'],
      kubeconfig: ['run'],
      node: ['run'],
      preflight: ['run'],
      reset: ['run'],
      runs: ['run'],
      token: ['run'],
      upgrade: ['run'],
      version: [],
    },
    doors: ['program.ts'],
  },
]

/** Returns imports that break a rule, as readable lines. */
function offenders(broken: (use: Import) => boolean): string[] {
  return imports.filter(broken).map(({ from, to, typeOnly }) => `${from} imports ${to}${typeOnly ? ' (types)' : ''}`)
}

function folderOf(path: string): string {
  return path.split('/', 1)[0] ?? ''
}

describe('rings', () => {
  it('the rings cover every directory of src', () => {
    expect(sources.map(({ path }) => folderOf(path)).filter(folder => rings[folder] === undefined)).toEqual([])
  })

  it('a directory of src imports only from lower rings', () => {
    const upward = offenders(({ from, to, inSrc, typeOnly }) => {
      const [a, b] = [folderOf(from), folderOf(to)]
      if (!inSrc || a === b || (rings[a] ?? 0) > (rings[b] ?? 0)) return false
      const allowed = siblings[`${a} > ${b}`]
      return allowed === undefined || (allowed === 'types' && !typeOnly)
    })
    expect(upward).toEqual([])
  })

  it('ui imports only the modules that it is allowed to see', () => {
    const curious = offenders(({ from, to, inSrc, typeOnly }) => {
      const target = folderOf(to)
      if (!inSrc || folderOf(from) !== 'ui' || target === 'ui') return false
      return uiSees[target] === undefined || (uiSees[target] === 'types' && !typeOnly)
    })
    expect(curious).toEqual([])
  })

  it('imports of src stay inside src', () => {
    expect(offenders(({ to, inSrc }) => inSrc && to.startsWith('..'))).toEqual([])
  })

  it('a phase family does not import another phase family', () => {
    const family = (path: string) => /^phases\/([^/]+)\//.exec(path)?.[1]
    const crossing = offenders(({ from, to }) => {
      const [a, b] = [family(from), family(to)]
      return a !== undefined && b !== undefined && a !== b
    })
    expect(crossing).toEqual([])
  })

  it('each phase family has tests', () => {
    const families = new Set(sources.flatMap(({ path }) => /^phases\/([^/]+)\//.exec(path)?.[1] ?? []))
    const tests = readdirSync(new URL('phases/', import.meta.url))
    const untested = [...families].filter(name => !tests.includes(name) && !tests.includes(`${name}.test.ts`))
    expect(untested).toEqual([])
  })

  it('only compose creates adapters', () => {
    const outside = offenders(({ from, to, typeOnly }) => {
      const inside = from.slice(0, from.lastIndexOf('/')) === to.slice(0, to.lastIndexOf('/'))
      return (
        adapters.test(to) &&
        !typeOnly &&
        !inside &&
        !/^(compose\/|host\/connect-(?:host|local)\.ts$|host\/ssh\/)/.test(from)
      )
    })
    expect(outside).toEqual([])
  })

  it('modules of src have no import cycles, not even of types', () => {
    expect(cyclesOf(imports)).toEqual([])
  })
})

describe.each(walls)('the rooms of $folder', ({ folder, files, rooms, doors = [] }) => {
  const inside = new RegExp(`^${folder}/`)
  const own = imports.filter(({ from, to, inSrc }) => inSrc && inside.test(from) && inside.test(to))
  const place = (path: string) => path.slice(folder.length + 1).split('/')
  const roomOf = (path: string) => (place(path).length > 1 ? place(path)[0] : undefined)
  const shown = (broken: readonly Import[]) => broken.map(({ from, to }) => `${from} imports ${to}`)

  it('the rooms of a directory are all listed', () => {
    const found = new Set(sources.filter(({ path }) => inside.test(path)).map(({ path }) => roomOf(path)))
    const known = [...Object.keys(rooms), ...(files === 'none' ? [] : [undefined])]
    expect([...found].sort()).toEqual(known.sort())
  })

  it('a room imports only the rooms that it lists', () => {
    const crossing = own.filter(({ from, to }) => {
      const [a, b] = [roomOf(from), roomOf(to)]
      return a !== undefined && b !== undefined && a !== b && !rooms[a]?.includes(b)
    })
    expect(shown(crossing)).toEqual([])
  })

  it('rooms import the files outside rooms or are imported by them, but not both', () => {
    const wrong = own.filter(({ from, to }) => {
      const [a, b] = [roomOf(from), roomOf(to)]
      if (a !== undefined && b === undefined) return files === 'above'
      return a === undefined && b !== undefined && files === 'below' && !doors.includes(place(from).join('/'))
    })
    expect(shown(wrong)).toEqual([])
  })
})

describe('packages and globals', () => {
  it.each(packages)('the package rule applies: $title', ({ name, in: place }) => {
    expect(offenders(({ from, to, inSrc }) => !inSrc && name.test(to) && !place.test(from))).toEqual([])
  })

  it('only ui, cli and compose use process and console', () => {
    const users = sources.filter(
      ({ path, code }) => /(?<![\w.$'-])(process|console)\s*[.[]/.test(code) && !/^(ui|cli|compose)\//.test(path),
    )
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('pure directories do not use the clock or random numbers of JavaScript', () => {
    const users = sources.filter(
      ({ path, code }) =>
        /^(config|pki|render|cluster)\//.test(path) && /\bDate\.now\(|new Date\(\)|Math\.random\(/.test(code),
    )
    expect(users.map(({ path }) => path)).toEqual([])
  })
})

describe('files', () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))

  it('source files have at most 240 lines', () => {
    expect(lengths.filter(({ lines }) => lines > 240)).toEqual([])
  })

  it('nine of ten source files have at most 130 lines', () => {
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThanOrEqual(130)
  })

  it('source files have names in kebab-case that describe their content', () => {
    const named = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/
    const vague = /(^|\/)(utils?|commons?|helpers?|types|misc|constants|index)(\.ts|\/)/
    const index = /^phases\/[^/]+\/index\.ts$/
    const wrong = sources.filter(({ path }) => !named.test(path) || (vague.test(path) && !index.test(path)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('source files have no default export, and only the index of a phase family re-exports', () => {
    const wrong = sources.filter(
      ({ path, code }) =>
        !path.endsWith('.d.ts') &&
        (/^export default\b|\bas default\b/m.test(code) ||
          (/^export (\*|(type )?\{[^}]*\} from)/m.test(code) && !/^phases\/[^/]+\/index\.ts$/.test(path))),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('source files import with the .ts extension', () => {
    expect(offenders(({ to, inSrc }) => inSrc && !to.endsWith('.ts'))).toEqual([])
  })

  it('source files contain no TODO or FIXME', () => {
    expect(sources.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ path }) => path)).toEqual([])
  })
})

it('functions have at most 40 lines of their own', () => {
  const long = sources.flatMap(({ path, text }) =>
    functionsOf(text).flatMap(({ name, line, ownLines }) =>
      ownLines > 40 ? [`${path}:${line} ${name}: ${ownLines} lines`] : [],
    ),
  )
  expect(long).toEqual([])
})

it('an exported name stands for one thing', () => {
  const exported = sources.flatMap(({ path, code }) =>
    [...code.matchAll(/^export (?:async )?(?:function|const|interface|type|class) (\w+)/gm)].map(([, name = '']) => ({
      path,
      name,
    })),
  )
  const shared = exported.filter(one => exported.some(other => other.name === one.name && other.path !== one.path))
  expect(shared.map(({ name, path }) => `${name} in ${path}`)).toEqual([])
})
