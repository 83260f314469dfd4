import { kubeletFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import { ensureDir } from '../../ops/ensure-file.ts'
import { ensureKubeletFiles, kubeletCertificate } from '../../ops/kubelet-files.ts'
import { ensureFresh } from '../../ops/service.ts'
import type { Phase } from '../phase.ts'

/** Configures and starts the kubelet. It picks up static pods as soon as their manifests are written. */
export const kubeletStart: Phase = {
  id: 'kubelet-start',
  title: 'Configure and start the kubelet',
  about:
    "Writes the kubelet's configuration and flags, and restarts the kubelet unless it started after they were written.",
  flags: ['cri-socket', 'image-repository', 'node-name', 'patches'],
  needs: ['criSocket', 'name'],
  async run({ cluster, node, host }) {
    // A kubelet without a manifests directory checks for it less and less often, up to every 20 s.
    await Promise.all([ensureKubeletFiles(host, cluster, node), ensureDir(host, paths.manifestsDir, 0o700)])
    const read = [...kubeletFiles, `${paths.kubernetesDir}/kubelet.conf`]
    await ensureFresh(host, 'kubelet', read, [{ path: kubeletCertificate(node) }])
  },
}
