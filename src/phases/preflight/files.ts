import { type Check, type Finding, failure } from './check.ts'
import type { NodeFacts } from './node-facts.ts'

type Paths = NodeFacts['paths']

/** Checks that a file does not exist, unless an earlier run of this cluster wrote it. */
export function fileAvailable(path: string): Check {
  return {
    name: `FileAvailable-${dashed(path)}`,
    paths: [path],
    run: ({ facts, earlier }) => (earlier.paths.has(path) ? [] : judgeFileAvailable(facts.paths, path, earlier.doubts)),
  }
}

function judgeFileAvailable(paths: Paths, path: string, doubts: readonly string[] = []): readonly Finding[] {
  if (!paths.has(path)) return []
  const why = doubts.length === 0 ? '' : ` (not of this cluster: ${doubts.join('; ')})`
  return [
    failure(`${path} already exists`, `run \`kadm reset\` on the host to remove the files of another cluster${why}`),
  ]
}

/** Checks that a directory is absent or empty, unless an earlier run of this cluster filled it. */
export function dirAvailable(path: string): Check {
  return {
    name: `DirAvailable-${dashed(path)}`,
    paths: [path],
    run: ({ facts, earlier }) => (earlier.paths.has(path) ? [] : judgeDirAvailable(facts.paths, path)),
  }
}

export function judgeDirAvailable(paths: Paths, path: string): readonly Finding[] {
  const state = paths.get(path)
  if (state === undefined || state === 'empty-dir') return []
  const remedy = `if kubeadm or kadm wrote these files, run \`kadm reset\` on the host; otherwise move the contents of ${path} away`
  return [failure(`${path} is not empty`, remedy)]
}

/** Checks that a kernel setting begins with `1`. */
export function settingOn(path: string): Check {
  return { name: `FileContent-${dashed(path)}`, run: ({ facts }) => judgeSetting(facts.settings, path) }
}

export function judgeSetting(settings: NodeFacts['settings'], path: string): readonly Finding[] {
  const value = settings.get(path)
  const key = path.replace('/proc/sys/', '').replaceAll('/', '.')
  if (value?.startsWith('1')) return []
  const remedy = `run \`sysctl -w ${key}=1\`, and put \`${key} = 1\` into /etc/sysctl.d/k8s.conf to keep it`
  return [failure(value === undefined ? `${path} does not exist` : `${path} contents are not set to 1`, remedy)]
}

function dashed(path: string): string {
  return path.replaceAll('/', '-')
}
