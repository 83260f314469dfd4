import type { UpgradeClusterRequest } from '../../cluster/request.ts'
import { readInstalledBinaries } from '../../observe/machine/installed-binaries.ts'
import { kubeletVersionQuery, readKubeletVersion } from '../../observe/machine/kubelet-version.ts'
import { installBinaries, prepareBinaries } from '../../ops/binaries/node-binaries.ts'
import type { Phase } from '../phase.ts'
import type { Ctx } from './administrator.ts'

/** Brings the new kubelet to the node before anything changes, so that a missing one stops the upgrade in time. */
export const prepareKubelet: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/prepare',
  title: 'Bring the new kubelet to the node',
  about: 'Downloads the packages of the kubelet, or copies its binaries to the node, and verifies them.',
  kubeadm: 'none',
  async run(ctx) {
    if (await isInstalled(ctx)) return ctx.report({ kind: 'progress', text: 'the node has it already' })
    await prepare(ctx)
  },
}

/** Installs the kubelet. The running one goes on until it restarts. */
export const installKubelet: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/install',
  title: 'Install the new kubelet',
  about: 'Replaces the kubelet, and kubectl and kubeadm if the node and the source have them.',
  kubeadm: 'none',
  async run(ctx) {
    if (await isInstalled(ctx)) return
    const { host, cluster } = ctx
    const version = cluster.config.kubernetesVersion
    const outcome = { answers: [{ argv: kubeletVersionQuery, stdout: () => `Kubernetes ${version}\n` }] }
    await installBinaries(host, await prepare(ctx), await readInstalledBinaries(host), outcome)
  },
}

async function isInstalled({ host, cluster }: Ctx): Promise<boolean> {
  return (await readKubeletVersion(host)) === cluster.config.kubernetesVersion
}

async function prepare({ host, cluster, request }: Ctx) {
  const installed = await readInstalledBinaries(host)
  return prepareBinaries(host, { source: request.binaries, version: cluster.config.kubernetesVersion, installed })
}
