import { readFile } from 'node:fs/promises'

/** Names by number, from a user or group file of the host. */
async function table(path: string): Promise<ReadonlyMap<number, string>> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const rows = text.split('\n').map(line => line.split(':'))
  // The first row of a number applies.
  return new Map(rows.flatMap(([name, , id]) => (name && id ? [[Number(id), name] as const] : [])).reverse())
}

/** Returns `user:group`, by name if /etc/passwd and /etc/group have one. */
export async function ownerNames(uid: number, gid: number): Promise<string> {
  const [users, groups] = await Promise.all([table('/etc/passwd'), table('/etc/group')])
  return `${users.get(uid) ?? uid}:${groups.get(gid) ?? gid}`
}

/** Returns the numbers of `user:group`; undefined if the host's own files do not contain both. */
export async function ownerNumbers(owner: string): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  const [user = '', group = ''] = owner.split(':')
  const [users, groups] = await Promise.all([table('/etc/passwd'), table('/etc/group')])
  const [uid, gid] = [numberOf(users, user), numberOf(groups, group)]
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

function numberOf(names: ReadonlyMap<number, string>, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name)
  return [...names].find(([, known]) => known === name)?.[0]
}
