import { basename } from 'node:path/posix'
import { staticPodsOf } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { type OtherManifest, parseOtherManifests } from '../../observe/left/other-manifests.ts'
import { type Check, type Finding, failure } from './check.ts'

/** A copy of a manifest in the manifests directory is a second pod of the same name: the kubelet may run either one. */
export const duplicateStaticPod: Check = {
  name: 'DuplicateStaticPod',
  run: ({ ctx: { cluster, node }, facts: { manifests } }) =>
    node.role === 'control-plane' ? judgeDuplicateManifests(manifests, staticPodsOf(cluster.config)) : [],
}

export function judgeDuplicateManifests(manifests: string, components: readonly string[]): readonly Finding[] {
  return parseOtherManifests(manifests, components).map(judgeOtherManifest)
}

function judgeOtherManifest({ path, component }: OtherManifest): Finding {
  const own = basename(paths.manifest(component))
  return failure(
    `${path} defines the pod ${component} in kube-system, as ${own} does; the kubelet reads every file in ${paths.manifestsDir} whose name does not begin with a dot`,
    `move it to another directory, then restart the kubelet: \`mv ${path} /root/ && systemctl restart kubelet\``,
  )
}
