import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { recordFiles, recordPath } from '../../cluster/upgrade-record.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureObjects } from '../../ops/api.ts'
import type { ControlPlanePhase } from '../phase.ts'

/** The ConfigMaps and add-ons as they were; then the backup is that of an upgrade that was rolled back. */
export const restoreObjects: ControlPlanePhase<RollbackRequest> = {
  id: 'rollback/objects',
  title: 'Restore the ConfigMaps and the add-ons',
  about: 'Restores the ConfigMaps of the cluster, CoreDNS and kube-proxy from the backup.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    const { host, request, session } = ctx
    const text = await readText(host, recordPath(request.run, 'objects'))
    const all = JSON.parse(text ?? '[]') as readonly KubeObject[]
    const objects = request.restoresConfig ? all : all.filter(one => !isConfig(one))
    await ensureObjects(ctx, 'restoring what the upgrade replaced', objects)
    const marker = recordPath(request.run, 'rolledBack')
    if ((await host.stat(marker)) !== undefined) return
    await host.writeFile({ path: marker, content: `${session.run}\n`, mode: 0o600 })
    ctx.report({ kind: 'progress', text: `the backup stays; its file ${recordFiles.rolledBack} marks it` })
  },
}

/** True for the configuration that the first control plane of an upgrade stores. */
function isConfig({ kind, metadata: { name } }: KubeObject): boolean {
  return kind === 'ConfigMap' && (name === 'kubeadm-config' || name === 'kubelet-config')
}
