import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Returns TCP ports on which a process of this host listens, polled 20 times a second. */
export async function listeningPorts(
  pid: number,
): Promise<{ readonly looks: number; readonly ports: readonly string[] }> {
  const ports = new Set<string>()
  for (let looks = 0; ; looks++) {
    const own = await socketsOf(pid).catch(() => undefined)
    if (own === undefined) return { looks, ports: [...ports] }
    for (const { inode, port } of await listeners()) if (own.has(inode)) ports.add(port)
    await sleep(50)
  }
}

/** Throws after the process has ended. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const dir = `/proc/${pid}/fd`
  const links = await Promise.all((await readdir(dir)).map(fd => readlink(`${dir}/${fd}`).catch(() => '')))
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

async function listeners(): Promise<readonly { readonly inode: string; readonly port: string }[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map(name => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap(text => text.split('\n').map(line => line.trim().split(/\s+/)))
  return rows.flatMap(([, local = '', , state, , , , , , inode = '']) =>
    state === '0A' ? [{ inode, port: String(Number.parseInt(local.split(':')[1] ?? '', 16)) }] : [],
  )
}
