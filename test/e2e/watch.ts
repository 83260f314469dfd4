import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabNode } from '../lab/lab.ts'

/** Does something, and collects the command line of every process on the nodes meanwhile. */
export async function withArgv<T>(nodes: readonly LabNode[], act: () => Promise<T>) {
  const script = 'while [ ! -e /tmp/enough ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; sleep 0.05; done'
  const watching = nodes.map(node => node.run(`rm -f /tmp/enough; ${script}`, { timeoutMs: 200_000 }))
  const stop = () => Promise.all(nodes.map(node => node.run('touch /tmp/enough')))
  const value = await act().finally(stop)
  const outputs = await Promise.all(watching)
  return { value, argv: outputs.map(({ stdout }) => stdout).join('\n') }
}

/** The key material on a node, as it would show in an argument or a message: a line of each key's base64. */
export async function keyBodies(node: LabNode): Promise<readonly string[]> {
  const files = '$(find /etc/kubernetes/pki /var/lib/kubelet/pki -name "*.key" -o -name "*.pem" 2>/dev/null)'
  const pem = `for f in ${files}; do sed -n '/PRIVATE KEY/,/END/p' $f | sed -n 3p; done`
  const inKubeconfigs = `sed -n 's/.*client-key-data: *//p' /etc/kubernetes/*.conf | cut -c1-200 | rev | cut -c1-64 | rev`
  const { stdout } = await node.run(`${pem}; ${inKubeconfigs}`)
  return stdout.split('\n').filter(line => line.length >= 40)
}

/** A bootstrap token anywhere in a text. */
export const tokenPattern = /(?<![a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])/

/** TCP ports on which a process of this machine listens while it lives, seen 20 times a second. */
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

/** Throws once the process is gone. */
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
