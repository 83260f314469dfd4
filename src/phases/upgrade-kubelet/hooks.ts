import type { UpgradeClusterRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { Phase } from '../phase.ts'
import type { Ctx } from './administrator.ts'

/** Runs the operator's command before a node changes. */
export const beforeNode: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/before-node',
  title: 'Run the command before the node',
  about: 'Runs the command of --before-node on the host that kadm runs on; if it fails, the upgrade stops.',
  kubeadm: 'none',
  skip: ({ request }) => (request.hooks.before === undefined ? 'no --before-node' : undefined),
  run: ctx => runHook(ctx, '--before-node', ctx.request.hooks.before),
}

/** Runs the operator's command after a node was upgraded. */
export const afterNode: Phase<UpgradeClusterRequest> = {
  id: 'upgrade-kubelet/after-node',
  title: 'Run the command after the node',
  about: 'Runs the command of --after-node on the host that kadm runs on; if it fails, the upgrade stops.',
  kubeadm: 'none',
  skip: ({ request }) => (request.hooks.after === undefined ? 'no --after-node' : undefined),
  run: ctx => runHook(ctx, '--after-node', ctx.request.hooks.after),
}

async function runHook({ operator, node, cluster, request }: Ctx, flag: string, command = ''): Promise<void> {
  const host = await operator()
  const variables = [`KADM_NODE=${node.name}`, `KADM_VERSION=${cluster.config.kubernetesVersion}`] as const
  try {
    const script = 'cd -- "$1" && exec sh -c "$2"'
    await host.exec(['env', ...variables, 'sh', '-c', script, 'sh', request.hooks.dir, command], {
      what: `the command of ${flag}`,
    })
  } catch (error) {
    if (!isKadmError(error, 'COMMAND_FAILED')) throw error
    throw new KadmError('COMMAND_FAILED', `the command of ${flag} failed for ${node.name}: ${error.message}`, {
      ...{ cause: error, output: error.output },
      hint: 'the upgrade stops here; correct the cause, and run the same command again to continue',
    })
  }
}
