import type { HostReader } from '../../host/host.ts'

/** Reads a text file; undefined if it does not exist. */
export async function readText(host: HostReader, path: string): Promise<string | undefined> {
  const bytes = await host.readFile(path)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString()
}
