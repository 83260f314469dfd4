import { appendFile, chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type KnownHost, parseKnownHosts } from './known-hosts.ts'

/** The operator's SSH configuration and the machine's, with their Includes; a file that is missing is empty. */
export function readSshConfigs(home: string): Promise<readonly string[]> {
  return Promise.all([
    readConfig(`${home}/.ssh/config`, { home, base: `${home}/.ssh` }),
    readConfig('/etc/ssh/ssh_config', { home, base: '/etc/ssh' }),
  ])
}

export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const texts = await Promise.all(files.map(async file => parseKnownHosts(await readText(file), file)))
  return texts.flat()
}

/** Adds a line; the file is for its owner alone when it is new. */
export async function appendKnownHost(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readText(file)
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const isNew = (await stat(file).catch(() => undefined)) === undefined
  await appendFile(file, gap + line, { mode: 0o600 })
  if (isNew) await chmod(file, 0o600)
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}

interface Place {
  readonly home: string
  /** Where relative Includes start. */
  readonly base: string
}

/** OpenSSH's own limit is 16. */
const maxDepth = 16

async function readConfig(file: string, place: Place, depth = 0): Promise<string> {
  const lines: string[] = []
  let section = 'Host *'
  for (const line of (await readText(file)).split('\n')) {
    if (/^\s*(Host|Match)\b/i.test(line)) section = line
    const include = /^\s*Include[\s=]+(.+)$/i.exec(line)?.[1]
    if (include === undefined) lines.push(line)
    else if (depth < maxDepth) {
      for (const path of await includedFiles(include, place)) lines.push(await readConfig(path, place, depth + 1))
      // What follows belongs to the section it stands in, not to the last one of the included file.
      lines.push(section)
    }
  }
  return lines.join('\n')
}

async function includedFiles(patterns: string, { home, base }: Place): Promise<readonly string[]> {
  const words = [...patterns.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const paths = words.map(word => resolve(base, word.replace(/^~(?=\/)/, home)))
  return (await Promise.all(paths.map(matchFiles))).flat()
}

async function matchFiles(pattern: string): Promise<readonly string[]> {
  const name = basename(pattern)
  if (!/[*?]/.test(name)) return [pattern]
  const source = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const found = await readdir(dirname(pattern)).catch(() => [])
  const visible = found.filter(one => new RegExp(`^${source}$`).test(one) && !one.startsWith('.'))
  return visible.sort().map(one => `${dirname(pattern)}/${one}`)
}
