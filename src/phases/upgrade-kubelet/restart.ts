import { nodeRef } from '../../clients/kube/kube.ts'
import { isReady } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { kubeletFiles } from '../../cluster/node-files.ts'
import type { UpgradeClusterRequest } from '../../cluster/request.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { readInstalledBinaries } from '../../observe/machine/installed-binaries.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { restoreReplaced } from '../../ops/binaries/install-staged.ts'
import { installBinaries, prepareBinaries } from '../../ops/binaries/node-binaries.ts'
import { ensureFresh } from '../../ops/service.ts'
import type { Phase } from '../phase.ts'
import { restartKubelet } from '../restart-component.ts'
import { administrator, type Ctx, readNode, reportedVersion } from './administrator.ts'
import { untilSettled } from './settled.ts'

/** Restarts the kubelet if it has another version or an older configuration, and waits until the Node is ready with it. */
export const restartUpgraded: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/restart',
  title: 'Restart the kubelet and wait for the node',
  about:
    'Restarts the kubelet if it is an older one, and waits until the Node is ready with the new version. Puts the earlier kubelet back if the new one does not start.',
  kubeadm: 'none',
  async run(ctx) {
    const before = reportedVersion(await readNode(ctx))
    try {
      const restarted = await restart(ctx, before)
      await waitForVersion(ctx)
      if (restarted) await untilSettled(ctx)
    } catch (error) {
      throw await putBack(ctx, before, error)
    }
  },
}

/** Returns true if it restarted the kubelet. */
async function restart(ctx: Ctx, before: string | undefined): Promise<boolean> {
  const { host, cluster } = ctx
  if (before === cluster.config.kubernetesVersion) return ensureFresh(host, 'kubelet', kubeletFiles)
  await host.exec(['systemctl', 'daemon-reload'])
  await restartKubelet(ctx)
  return true
}

/** Waits until the Node reports this version and is ready. A cause on its host that is certain ends the wait. */
async function waitForVersion(ctx: Ctx): Promise<void> {
  const { cluster, node, request, until } = ctx
  const version = cluster.config.kubernetesVersion
  const kube = await administrator(ctx).kube('admin')
  const watch = watchOver(ctx, [])
  let found: KubeObject | undefined
  const probe = async () => {
    found = await kube.get(nodeRef(node.name))
    return found !== undefined && reportedVersion(found) === version && isReady(found) ? true : undefined
  }
  await until(`readiness of the Node ${node.name} with kubelet ${version}`, watch.over(probe), {
    timeoutMs: request.timeouts.kubeletHealthCheck,
    field: 'kubeletHealthCheck',
    intervalMs: 200,
    assume: true,
    states: async () => [stateOf(node.name, found), ...(await watch.states())],
  })
}

function stateOf(name: string, node: KubeObject | undefined): string {
  if (node === undefined) return `the cluster does not return the Node ${name}`
  const reported = reportedVersion(node) ?? 'no version'
  return `the Node ${name} reports kubelet ${reported}, and is ${isReady(node) ? 'ready' : 'not ready'}`
}

/** Puts back the kubelet that was replaced, and returns the error with what follows. */
async function putBack(ctx: Ctx, before: string | undefined, error: unknown): Promise<unknown> {
  const { cluster, node } = ctx
  const version = cluster.config.kubernetesVersion
  if (!isKadmError(error) || before === undefined || before === version || error.code === 'INTERRUPTED') return error
  try {
    if (!(await installEarlier(ctx, before))) return error
    await restartKubelet(ctx)
  } catch (failure) {
    if (!isKadmError(failure)) throw failure
    const message = `the kubelet ${before} of ${node.name} could not be put back: ${failure.message}`
    return error.with({ problems: [...error.problems, { message }] })
  }
  return error.with({
    message: `${error.message}; the kubelet of ${node.name} is ${before} again`,
    hint: error.hint ?? 'correct the cause, and run the same command again',
  })
}

/** Installs the kubelet of before, from the packages or from the replaced files. False if there is none. */
async function installEarlier({ host, request }: Ctx, version: string): Promise<boolean> {
  const installed = await readInstalledBinaries(host)
  if (request.binaries.kind !== 'packages') return restoreReplaced(host, installed)
  const prepared = await prepareBinaries(host, { source: request.binaries, version, installed })
  await installBinaries(host, prepared, installed, {})
  return true
}
