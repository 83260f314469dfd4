import { readdir, readFile, stat } from 'node:fs/promises'
import { given } from '../../../cluster/given.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { matchesGlob } from './name-pattern.ts'

/** One line of an SSH configuration with a keyword (ssh_config(5)). */
export interface ConfigLine {
  readonly file: string
  /** One-based. */
  readonly line: number
  /** In lower case. */
  readonly keyword: string
  /** Words after the keyword, without their quotes. */
  readonly words: readonly string[]
  /** The unparsed text after the keyword, as used for commands. */
  readonly rest: string
  /** The lines of an Include. */
  readonly included?: readonly ConfigLine[]
}

/** Reads the operator's SSH configuration, then the host's, with included files; a missing file is empty. */
export async function readSshConfig(home: string, uid?: number): Promise<readonly ConfigLine[]> {
  const files = await Promise.all([
    readLines(`${home}/.ssh/config`, { home, base: `${home}/.ssh`, ...given({ uid }) }),
    readLines('/etc/ssh/ssh_config', { home, base: '/etc/ssh' }),
  ])
  return files.flatMap(lines => [matchAll, ...lines])
}

/** A file starts outside of every section, even after another file. */
const matchAll: ConfigLine = { file: '', line: 0, keyword: 'match', words: ['all'], rest: 'all' }

/** OpenSSH's own limit. */
const maxDepth = 16

interface Place {
  readonly home: string
  /** The directory of relative Includes. */
  readonly base: string
  /** The required owner of the files besides root: they can contain commands. */
  readonly uid?: number
}

async function readLines(file: string, place: Place, depth = 0): Promise<readonly ConfigLine[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text !== '' && place.uid !== undefined) await checkOwner(file, place.uid)
  const lines = parseConfigLines(text, file)
  return Promise.all(
    lines.map(async line => {
      if (line.keyword !== 'include') return line
      const files = depth < maxDepth ? await includedFiles(line, place) : []
      const parts = await Promise.all(files.map(one => readLines(one, place, depth + 1)))
      return { ...line, included: parts.flat() }
    }),
  )
}

async function checkOwner(file: string, uid: number): Promise<void> {
  const facts = await stat(file)
  if ((facts.uid === uid || facts.uid === 0) && (facts.mode & 0o022) === 0) return
  const hint = `it can define commands to run: make it writable only by you with \`chmod go-w ${file}\``
  throw new KadmError('USAGE', `${file} is writable by other users`, { hint })
}

/** Parses `Keyword words`, `Keyword=words` and `Keyword "words with spaces"`. Does not follow Includes. */
export function parseConfigLines(text: string, file: string): readonly ConfigLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const [, keyword, rest = ''] = /^\s*([^\s=#]+)(?:\s*=\s*|\s+|$)(.*?)\s*$/.exec(raw) ?? []
    if (keyword === undefined) return []
    const words = splitWords(rest)
    return [{ file, line: index + 1, keyword: keyword.toLowerCase(), words, rest }]
  })
}

/** Quotes of both kinds keep a word together; a backslash escapes a quote, a backslash or a space. */
function splitWords(text: string): readonly string[] {
  const words: string[] = []
  const pattern = /\s*(#.*$|(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\\.|[^\s"'\\]|\\$)+)/gy
  for (const [, word = ''] of text.matchAll(pattern)) {
    if (word.startsWith('#')) break
    words.push(
      word.replace(/"((?:\\.|[^"\\])*)"?|'((?:\\.|[^'\\])*)'?|(\\.)/g, (_, double, single, escaped) =>
        unescaped(double ?? single ?? escaped),
      ),
    )
  }
  return words
}

function unescaped(text: string): string {
  return text.replace(/\\(["'\\ ])/g, '$1')
}

async function includedFiles(line: ConfigLine, { home, base }: Place): Promise<readonly string[]> {
  const found = line.words.map(word => {
    const [, user, rest = ''] = /^~([^/]*)(.*)$/s.exec(word) ?? []
    if (user) throw foreignHome(line, user)
    if (user === '') return matchFiles(home, rest)
    return word.startsWith('/') ? matchFiles('', word) : matchFiles(base, word)
  })
  return (await Promise.all(found)).flat()
}

/** Returns the paths below a directory that match a pattern of glob(7); without a pattern the path itself. */
async function matchFiles(start: string, pattern: string): Promise<readonly string[]> {
  let paths: readonly string[] = [start]
  for (const part of pattern.split('/').filter(one => one !== '')) {
    const next = paths.map(async folder => {
      if (!/[*?[\\]/.test(part)) return [`${folder}/${part}`]
      const names = await readdir(`${folder}/`).catch(() => [])
      return names.filter(name => matchesGlob(part, name)).map(name => `${folder}/${name}`)
    })
    paths = (await Promise.all(next)).flat()
  }
  return [...paths].sort()
}

/** A file that is ignored may contain settings which make the others safe. */
function foreignHome({ file, line, rest }: ConfigLine, user: string): KadmError {
  const message = `${file}:${line} (Include ${rest}): kadm does not expand the home directory of ${user}`
  return new KadmError('NOT_BUILT', message, { hint: 'use the full path of the file' })
}
