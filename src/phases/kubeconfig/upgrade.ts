import { clusterEndpoint, localEndpoint } from '../../cluster/endpoints.ts'
import { paths } from '../../cluster/paths.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { secret } from '../../cluster/secret.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { ensureFresh } from '../../ops/service.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { pointAtServer } from '../../pki/kubeconfig-edit.ts'
import type { ControlPlanePhase } from '../phase.ts'

/**
 * Points the kubelet of a control plane at the API server of its own node, if it still connects to the endpoint of the
 * cluster: a kubelet must not be newer than the API server that it uses.
 */
export const upgradeKubeconfig: ControlPlanePhase<UpgradeRequest> = {
  id: 'kubeconfig',
  title: "Point the kubelet at this node's own API server",
  about: 'Points the kubelet at the API server of its own node, if it connects to the endpoint of the cluster.',
  flags: ['kubeconfig'],
  role: 'control-plane',
  async run({ cluster, node, host }) {
    const path = `${paths.kubernetesDir}/kubelet.conf`
    const text = await readText(host, path)
    const [own, shared] = [localEndpoint(node), clusterEndpoint(cluster, node)]
    if (text === undefined || own === shared || parseKubeconfig(text, path).server !== shared) return
    // The text can contain a key.
    await ensureFile(host, { path, content: secret(pointAtServer(text, own, path)), mode: 0o600 })
    await ensureFresh(host, 'kubelet', [path])
  },
}
