import type { Stat } from './host.ts'

/** Parses the output of `stat`, one fact per line: raw mode, size, uid, gid, mtime, ctime, user, group. */
export function parseStat(text: string): Stat {
  const [raw = '', size = '', uid = '', gid = '', mtime = '', ctime = '', user = '', group = ''] = text.split('\n')
  const bits = Number.parseInt(raw, 16)
  return {
    kind: kindOf(bits & 0o170000),
    mode: bits & 0o7777,
    owner: `${user === 'UNKNOWN' ? uid : user}:${group === 'UNKNOWN' ? gid : group}`,
    size: Number(size),
    mtime: new Date(Math.round(Number(mtime) * 1000)),
    ctime: new Date(Math.round(Number(ctime) * 1000)),
  }
}

/** Returns the kind from the format bits of a raw mode. */
export function kindOf(format: number): Stat['kind'] {
  if (format === 0o100000) return 'file'
  if (format === 0o040000) return 'dir'
  return format === 0o120000 ? 'link' : 'other'
}
