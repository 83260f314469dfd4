import { parseDuration } from '../../cluster/duration.ts'
import type { Json } from '../../cluster/json.ts'
import { isSecret, type Secret } from '../../cluster/secret.ts'
import type { Flag } from './flag.ts'
import { parseInt32, parseList } from './text.ts'

type Raw = string | boolean | readonly string[] | Secret
export type ParsedFlag = { readonly value: Json } | { readonly message: string; readonly remedy: string }

/** Parses the text of a flag by its kind; lists accept commas and repetition. */
export function parseFlagValue(flag: Flag, raw: Raw): ParsedFlag {
  const parts = (isSecret(raw) ? [raw.reveal().trim()] : Array.isArray(raw) ? raw : [String(raw)]) as readonly string[]
  const text = parts.at(-1) ?? ''
  switch (flag.kind) {
    case 'string':
      return { value: text }
    case 'strings':
      return parseTexts(flag, parts)
    case 'bool':
      return parseBool(flag, text)
    case 'int':
      return parseNumber(flag, text)
    case 'duration':
      return parseDuration(text) === undefined
        ? { message: `"${text}" is not a duration`, remedy: `write a number with a unit, such as --${flag.name} 24h` }
        : { value: text }
    case 'featureGates':
      return parseGates(parts.flatMap(splitList))
    case 'args':
      return parseArgs(flag, parts.flatMap(splitList))
    case 'socket':
      return parseSocket(flag, text)
  }
}

/** A file can contain `run/x.sock`, which kubeadm completes to a URL. In a flag it looks like a relative path. */
function parseSocket(flag: Flag, text: string): ParsedFlag {
  if (text === '' || text.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(text)) return { value: text }
  const remedy = `write the URL of the socket, such as --${flag.name} unix:///run/containerd/containerd.sock`
  return { message: `"${text}" is not an absolute path`, remedy }
}

/** Each occurrence of the flag is a line of CSV. */
function parseTexts(flag: Flag, parts: readonly string[]): ParsedFlag {
  const lists = parts.map(parseList)
  const wrong = parts[lists.indexOf(undefined)]
  if (wrong === undefined) return { value: lists.flatMap(list => list ?? []) }
  const remedy = `write --${flag.name} a,b; quote a whole value: '"a,b",c'`
  return { message: `${wrong} has unmatched quotes`, remedy }
}

function parseNumber(flag: Flag, text: string): ParsedFlag {
  const value = parseInt32(text)
  if (value !== undefined) return { value }
  return {
    message: `"${text}" is not a whole number of 32 bits`,
    remedy: `write a number, such as --${flag.name} 6443`,
  }
}

function splitList(text: string): string[] {
  return text === '' ? [] : text.split(',')
}

function parseBool(flag: Flag, text: string): ParsedFlag {
  const value = readBoolean(text)
  if (value !== undefined) return { value }
  return { message: `"${text}" is neither true nor false`, remedy: `write --${flag.name} or --${flag.name}=false` }
}

/** Go's strconv.ParseBool. */
export function readBoolean(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined
}

function parseGates(pairs: readonly string[]): ParsedFlag {
  const gates: Record<string, boolean> = {}
  const remedy = 'write --feature-gates Name=true,Other=false'
  for (const pair of pairs.map(part => part.trim()).filter(part => part !== '')) {
    const [key = '', text] = pair.split('=', 2)
    if (text === undefined) return { message: `missing bool value for feature-gate key:${key}`, remedy }
    const value = readBoolean(text)
    if (value === undefined) {
      return { message: `invalid value ${text} for feature-gate key: ${key}, use true|false instead`, remedy }
    }
    gates[key] = value
  }
  return { value: gates }
}

function parseArgs(flag: Flag, pairs: readonly string[]): ParsedFlag {
  const args = pairs.map(pair => pair.split('='))
  if (args.every(([name, ...rest]) => name !== '' && rest.length === 1)) {
    return { value: args.map(([name = '', value = '']) => ({ name, value })) }
  }
  const remedy = 'use extraArgs in a configuration file for a value that holds "=" or ","'
  return { message: `--${flag.name} takes name=value pairs, separated by commas`, remedy }
}
