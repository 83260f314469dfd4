import { readFile } from 'node:fs/promises'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The names of users and groups on this host. */
export interface OwnerNames {
  /** Returns `user:group`, by name if /etc/passwd and /etc/group have one. */
  show(owner: Owner): Promise<string>
  /** Returns the numbers of `user:group`; undefined if the host's own files do not contain both. */
  parse(owner: string): Promise<Owner | undefined>
}

/** Reads the files of users and groups at the first question, and not again: a stat of every file would read both. */
export function ownerNames(): OwnerNames {
  let read: Promise<readonly [Names, Names]> | undefined
  const names = () => {
    read ??= Promise.all([table('/etc/passwd'), table('/etc/group')])
    return read
  }
  return {
    async show({ uid, gid }) {
      const [users, groups] = await names()
      return `${users.get(uid) ?? uid}:${groups.get(gid) ?? gid}`
    },
    async parse(owner) {
      const [user = '', group = ''] = owner.split(':')
      const [users, groups] = await names()
      const [uid, gid] = [numberOf(users, user), numberOf(groups, group)]
      return uid === undefined || gid === undefined ? undefined : { uid, gid }
    },
  }
}

/** Names by number. */
type Names = ReadonlyMap<number, string>

async function table(path: string): Promise<Names> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const rows = text.split('\n').map(line => line.split(':'))
  // The first row of a number applies.
  return new Map(rows.flatMap(([name, , id]) => (name && id ? [[Number(id), name] as const] : [])).reverse())
}

function numberOf(names: Names, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name)
  return [...names].find(([, known]) => known === name)?.[0]
}
