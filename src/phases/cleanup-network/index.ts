import type { ResetRequest } from '../../cluster/request.ts'
import { describeNetwork, listTables, readNetworkLeftovers, saveRules } from '../../observe/left/network-leftovers.ts'
import { removeFiles } from '../../ops/empty-dir.ts'
import { renderIptablesCleanup } from '../../render/iptables-cleanup.ts'
import type { Phase } from '../phase.ts'

/**
 * kadm's own phase. It runs after the pods are gone, because CNI plugins need their configuration to remove a pod from
 * the network.
 */
export const cleanupNetwork: Phase<ResetRequest> = {
  id: 'cleanup-network',
  title: 'Remove the CNI configuration and the kube-proxy rules',
  about: 'Removes the CNI configuration and the rules of kube-proxy; only with `--cleanup-network`.',
  kubeadm: 'none',
  flags: ['cleanup-network'],
  needs: [],
  skip: ({ request }) => (request.cleanupNetwork ? undefined : '--cleanup-network is not set'),
  async run({ host, report }) {
    const found = await readNetworkLeftovers(host)
    for (const text of describeNetwork(found)) report({ kind: 'progress', text: `removing ${text}` })
    await removeFiles(host, found.cniFiles)
    for (const { program, tables } of found.rules) {
      const outcome = { answers: [{ argv: saveRules(program), stdout: () => '' }] }
      await host.exec([`${program}-restore`, '--noflush'], { stdin: renderIptablesCleanup(tables), outcome })
    }
    for (const table of found.nftTables) {
      const outcome = { answers: [{ argv: listTables, stdout: () => '' }] }
      await host.exec(['nft', 'delete', 'table', ...table.split(' ')], { outcome })
    }
  },
}
