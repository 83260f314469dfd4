import { alignTabs } from './tab-writer.ts'

/** A bootstrap token as `token list` shows it. */
export interface ShownToken {
  readonly token: string
  readonly description: string
  readonly expires?: Date
  readonly usages: readonly string[]
  readonly groups: readonly string[]
}

const header = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS']

/** Formats kubeadm's table: the header is aligned with the first row, every further row alone; empty without tokens. */
export function tokenTable(tokens: readonly ShownToken[], now: Date): string {
  return tokens.map((token, i) => alignTabs(i === 0 ? [header, row(token, now)] : [row(token, now)])).join('')
}

function row({ token, description, expires, usages, groups }: ShownToken, now: Date): string[] {
  const ttl = expires === undefined ? '<forever>' : shortDuration(expires.getTime() - now.getTime())
  return [
    token,
    ttl.padEnd(9),
    expires === undefined ? '<never>' : wholeSeconds(expires),
    (usages.join(',') || '<none>').padEnd(22),
    (description || '<none>').padEnd(56),
    groups.join(',') || '<none>',
  ]
}

/** Returns `23h`: only the largest unit, truncated. Source: duration.ShortHumanDuration. */
export function shortDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`
  const hours = Math.trunc(seconds / 3600)
  if (hours < 24) return `${hours}h`
  return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`
}

/** Formats RFC 3339 in UTC without fractions. */
export function wholeSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
