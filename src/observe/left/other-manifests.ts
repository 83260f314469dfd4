import { paths } from '../../cluster/paths.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'

/** A file in the directory of the static pods that defines the pod of another file there. */
export interface OtherManifest {
  readonly path: string
  readonly component: string
}

/** Opens each file in the answer; a byte that no text file of a host holds. */
const mark = '\u001d'

// The kubelet reads every file there whose name does not begin with a dot, whatever it ends in.
export const manifestsQuestion = [
  `cd ${paths.manifestsDir} && for f in *; do`,
  `test -f "$f" && printf '\\035%s\\n' "$f" && head -c 65536 "$f"; done`,
].join('\n')

/** Files beside the manifests of these components that define the same pods. The kubelet runs one pod of a name at a time. */
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

/** The name of the Pod of kube-system that a text defines, YAML or JSON; the kubelet takes the first document alone. */
function podIn(text: string): string | undefined {
  const read = readYaml(text)
  if (isTextFault(read)) return undefined
  const { kind, metadata } = (read.value ?? {}) as { readonly kind?: unknown; readonly metadata?: unknown }
  const { name, namespace } = (metadata ?? {}) as { readonly name?: unknown; readonly namespace?: unknown }
  return kind === 'Pod' && namespace === 'kube-system' && typeof name === 'string' ? name : undefined
}
