import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file or directory of a node; a directory has no text. */
export interface NodeFile {
  readonly kind: 'file' | 'folder' | 'other'
  /** Octal permission bits, such as `600`. */
  readonly mode: string
  /** `uid:gid`. */
  readonly owner: string
  readonly text?: string
}

/** Reads all files at and below some paths of a node, by absolute path; missing paths are left out. */
export function readTree(rootPath: string, paths: readonly string[]): ReadonlyMap<string, NodeFile> {
  return new Map(paths.flatMap(path => walk(rootPath, path)))
}

function walk(rootPath: string, path: string): readonly (readonly [string, NodeFile])[] {
  const full = join(rootPath, path)
  const stat = lstatSync(full, { throwIfNoEntry: false })
  if (stat === undefined) return []
  const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'other'
  const entry: NodeFile = {
    kind,
    mode: (stat.mode & 0o7777).toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    ...(kind === 'file' ? { text: readFileSync(full, 'utf8') } : {}),
  }
  const inside = kind === 'folder' ? readdirSync(full).sort() : []
  return [[path, entry], ...inside.flatMap(name => walk(rootPath, `${path}/${name}`))]
}
