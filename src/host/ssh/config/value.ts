import { KadmError } from '../../../errors/kadm-error.ts'

/** Parses `yes` and `no` of an SSH configuration; undefined for any other text. */
export function readSwitch(text: string | undefined): boolean | undefined {
  const value = text?.toLowerCase()
  if (value === 'yes' || value === 'true') return true
  return value === 'no' || value === 'false' ? false : undefined
}

/** Parses an integer of an SSH configuration. Throws USAGE. */
export function readNumber(
  keyword: string,
  text: string | undefined,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `a number from ${least}` : `a number from ${least} to ${most}`
  throw new KadmError('USAGE', `the SSH configuration has ${keyword} ${text}: it takes ${range}`)
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/**
 * Parses `90`, `1m30s` or `none` into milliseconds; 0 for none (ssh_config(5), as sshd_config(5), TIME FORMATS). Throws
 * USAGE.
 */
export function readDuration(keyword: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (text.toLowerCase() === 'none') return 0
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/gy)]
  if (parts.map(([part]) => part).join('') !== text.toLowerCase() || parts.length === 0)
    throw new KadmError(
      'USAGE',
      `the SSH configuration has ${keyword} ${text}: it takes seconds, or a time such as 1m30s`,
    )
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (seconds[unit || 's'] ?? 1), 0) * 1000
}
