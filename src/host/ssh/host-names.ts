import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConfigLine, readSshConfig } from './config/lines.ts'
import { parseKnownHosts } from './trust/known-hosts.ts'

/**
 * The hosts that the operator's SSH files name, as `--host` takes them: names of the SSH configuration without patterns,
 * and those of known_hosts that are not hashed. Names with characters that a shell could interpret are left out.
 */
export async function knownHostNames(home: string): Promise<readonly string[]> {
  const lines = (await readSshConfig(home).catch(() => [])).flatMap(withIncluded)
  const files = [...knownHostsFiles(lines, home), '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')))
  const configured = lines.filter(({ keyword }) => keyword === 'host').flatMap(({ words }) => words)
  const names = [...configured, ...texts.flatMap(namesOf)].filter(name => plainName.test(name))
  return [...new Set(names)].sort()
}

/** A name, an IPv4 or IPv6 address, and a port. Patterns, hashed names and anything special to a shell do not match. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/

function withIncluded(line: ConfigLine): readonly ConfigLine[] {
  return [line, ...(line.included ?? []).flatMap(withIncluded)]
}

/** The files of all hosts: which one is meant is not known yet. */
function knownHostsFiles(lines: readonly ConfigLine[], home: string): readonly string[] {
  const configured = lines.filter(({ keyword }) => /^(user|global)knownhostsfile$/.test(keyword))
  const own = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
  const paths = [...own, ...configured.flatMap(({ words }) => words)].filter(path => !/[%$]/.test(path))
  return [...new Set(paths.map(path => (path.startsWith('~/') ? join(home, path.slice(2)) : path)))]
}

function namesOf(text: string): readonly string[] {
  return parseKnownHosts(text, '')
    .filter(({ marker }) => marker === undefined)
    .flatMap(({ names }) => names.split(','))
    .map(name => name.replace(/^\[([^:\]]+)\]:/, '$1:'))
}
