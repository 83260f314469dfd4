import { defaultCaFile } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import type { BaseRequest } from '../cluster/request.ts'
import type { Timeouts } from '../cluster/spec.ts'
import type { RunFlags } from './flags/overlay.ts'

/** Fills in values that the flags do not set. */
export function baseRequest(
  flags: Pick<RunFlags, 'kubeconfig' | 'kubeconfigDir'>,
  { timeouts, caCertPath }: { readonly timeouts: Timeouts; readonly caCertPath?: string },
): BaseRequest {
  return {
    timeouts,
    kubeconfig: flags.kubeconfig ?? `${paths.kubernetesDir}/admin.conf`,
    kubeconfigDir: flags.kubeconfigDir ?? paths.kubernetesDir,
    caCertPath: caCertPath ?? defaultCaFile,
  }
}

/** Returns the timeout that kubeadm writes into the startup probes of static pods. */
export function startupTimeoutOf({ timeouts }: Pick<BaseRequest, 'timeouts'>): number {
  return timeouts.controlPlaneComponentHealthCheck
}
