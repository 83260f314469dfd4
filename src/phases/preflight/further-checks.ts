import { alreadyJoined } from './already-joined.ts'
import { cgroupDriver } from './cgroup-driver.ts'
import type { Check } from './check.ts'
import { clockSkew } from './clock-skew.ts'
import { clusterNetworks } from './cluster-networks.ts'
import { criPluginDisabled } from './cri-plugin.ts'
import { duplicateAddress } from './duplicate-address.ts'
import { duplicateHostname, duplicateMachineId, duplicateProductUuid } from './duplicates.ts'
import { kubeletNodeName } from './kubelet-node-name.ts'
import { mtu } from './mtu.ts'
import { portReachable } from './port-reachable.ts'
import { duplicateStaticPod } from './static-pod-duplicates.ts'

/** What kubeadm does not look at: the runtime's set-up, and how the machines of a cluster get on with each other. */
export const furtherChecks: readonly Check[] = [
  alreadyJoined,
  criPluginDisabled,
  cgroupDriver,
  duplicateStaticPod,
  kubeletNodeName,
  clockSkew,
  duplicateHostname,
  duplicateMachineId,
  duplicateProductUuid,
  duplicateAddress,
  clusterNetworks,
  mtu,
  portReachable,
]
