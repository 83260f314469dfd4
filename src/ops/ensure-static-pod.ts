import type { KubeObject } from '../cluster/kube-object.ts'
import { paths } from '../cluster/paths.ts'
import type { Host } from '../host/host.ts'
import { toYaml } from '../yaml/write.ts'
import { ensureDir, ensureFile } from './ensure-file.ts'

/** Writes the manifest of a static pod, where the kubelet finds it. Returns true if it changed. */
export async function ensureStaticPod(host: Host, component: string, pod: KubeObject): Promise<boolean> {
  await ensureDir(host, paths.manifestsDir, 0o700)
  return ensureFile(host, { path: paths.manifest(component), content: toYaml(pod), mode: 0o600 })
}
