import type { Argv, HostReader } from '../../host/host.ts'

/**
 * Returns the files below each of these directories on the same file system, sorted; none for a path that is not a
 * directory. One command for all.
 */
export async function readFilesBelow(
  host: HostReader,
  dirs: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (dirs.length === 0) return new Map()
  const argv: Argv = ['find', ...dirs, '-xdev', '-mindepth', '1', '!', '-type', 'd', '-print0']
  const { stdout } = await host.query(argv)
  const files = stdout.split('\0').filter(Boolean).sort()
  return new Map(dirs.map(dir => [dir, files.filter(path => path.startsWith(`${dir}/`))]))
}
