import { kubeletFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { backupPath } from '../../cluster/upgrade-record.ts'
import { readKubeletVersion } from '../../observe/machine/kubelet-version.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { withoutOldFlags } from '../../ops/kubelet-files.ts'
import type { Phase } from '../phase.ts'

/** The kubelet reads its configuration when it restarts, as after the upgrade. */
export const restoreKubeletConfig: Phase<RollbackRequest> = {
  id: 'rollback/kubelet-config',
  title: "Restore the kubelet's configuration",
  about: "Restores the kubelet's configuration from the backup.",
  kubeadm: 'none',
  needs: ['name'],
  async run({ host, request }) {
    const version = (await readKubeletVersion(host)) ?? ''
    for (const path of kubeletFiles) {
      const text = await readText(host, backupPath(request.run, path))
      // The kubelet stays, and may be a later one.
      const content = path === paths.kubeletEnv && text !== undefined ? withoutOldFlags(text, version) : text
      if (content !== undefined) await ensureFile(host, { path, content, mode: 0o644 })
    }
  },
}
