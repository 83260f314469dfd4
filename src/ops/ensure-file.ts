import { isSecret } from '../cluster/secret.ts'
import type { Host, Text } from '../host/host.ts'

export interface WantedFile {
  readonly path: string
  readonly content: Text
  /** Permission bits. */
  readonly mode: number
}

/** Writes a file unless it exists with this content and mode. Returns true if it was written. */
export async function ensureFile(host: Host, file: WantedFile): Promise<boolean> {
  const [found, stat] = await Promise.all([host.readFile(file.path), host.stat(file.path)])
  if (found !== undefined && stat?.mode === file.mode && toBytes(file.content).equals(found)) return false
  await host.writeFile(file)
  return true
}

/** Creates a directory if it does not exist. As in kubeadm, the mode only applies to a new one. */
export async function ensureDir(host: Host, path: string, mode: number): Promise<boolean> {
  if ((await host.stat(path)) !== undefined) return false
  await host.writeFile({ path, mode, dir: true })
  return true
}

function toBytes(text: Text): Buffer {
  return Buffer.from(isSecret(text) ? text.reveal() : text)
}
