import type { Timeouts } from '../../cluster/spec.ts'

const minute = 6e4

/** Milliseconds. Source: kubeadm constants. */
const defaults: Timeouts = {
  controlPlaneComponentHealthCheck: 4 * minute,
  kubeletHealthCheck: 4 * minute,
  kubernetesAPICall: minute,
  etcdAPICall: 2 * minute,
  tlsBootstrap: 5 * minute,
  discovery: 5 * minute,
  upgradeManifests: 5 * minute,
}

/** Sets the default of each timeout that is not set. */
export function defaultTimeouts(given: Partial<Timeouts> | undefined): Timeouts {
  return { ...defaults, ...given }
}
