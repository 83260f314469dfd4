import { kubeletFiles } from '../../cluster/node-files.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { backupPath } from '../../cluster/upgrade-record.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import type { Phase } from '../phase.ts'

/** The kubelet reads its configuration when it restarts, as after the upgrade. */
export const restoreKubeletConfig: Phase<RollbackRequest> = {
  id: 'rollback/kubelet-config',
  title: "Restore the kubelet's configuration",
  about: "Restores the kubelet's configuration from the backup.",
  kubeadm: 'none',
  needs: ['name'],
  async run({ host, request }) {
    for (const path of kubeletFiles) {
      const content = await readText(host, backupPath(request.run, path))
      if (content !== undefined) await ensureFile(host, { path, content, mode: 0o644 })
    }
  },
}
