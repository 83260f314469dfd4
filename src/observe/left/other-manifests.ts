import { paths } from '../../cluster/paths.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'

/** A file in the static pod directory that defines the pod of another file there. */
export interface OtherManifest {
  readonly path: string
  readonly component: string
}

/** Starts each file in the answer; a byte that no text file contains. */
const mark = '\u001d'

// The kubelet reads every file there whose name does not begin with a dot, with any extension.
export const manifestsQuestion = [
  `cd ${paths.manifestsDir} && for f in *; do`,
  `test -f "$f" && printf '\\035%s\\n' "$f" && head -c 65536 "$f"; done`,
].join('\n')

/**
 * Returns files that define the same pods as the manifests of these components. The kubelet runs only one pod of each
 * name.
 */
export function parseOtherManifests(answer: string, components: readonly string[]): readonly OtherManifest[] {
  const files = answer.split(mark).slice(1)
  return files.flatMap(file => {
    const end = file.indexOf('\n')
    const path = `${paths.manifestsDir}/${file.slice(0, end)}`
    const component = podIn(file.slice(end + 1))
    return component === undefined || !components.includes(component) || path === paths.manifest(component)
      ? []
      : [{ path, component }]
  })
}

/** Returns the name of the kube-system pod that a text defines, YAML or JSON. The kubelet only reads the first. */
function podIn(text: string): string | undefined {
  const read = readYaml(text)
  if (isTextFault(read)) return undefined
  const { kind, metadata } = (read.value ?? {}) as { readonly kind?: unknown; readonly metadata?: unknown }
  const { name, namespace } = (metadata ?? {}) as { readonly name?: unknown; readonly namespace?: unknown }
  return kind === 'Pod' && namespace === 'kube-system' && typeof name === 'string' ? name : undefined
}
