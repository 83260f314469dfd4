import { stringify } from 'yaml'
import { addressOf, version } from '../lab/vm/settings.ts'

const api = 'kubeadm.k8s.io/v1beta4'
const endpoint = `${addressOf('cp1')}:6443`

/** Emulation takes ten to forty times as long as a machine. */
const timeouts = {
  controlPlaneComponentHealthCheck: '60m0s',
  kubeletHealthCheck: '15m0s',
  kubernetesAPICall: '15m0s',
  etcdAPICall: '30m0s',
  tlsBootstrap: '30m0s',
}

/** On a busy emulated processor a lease cannot be renewed within its ten seconds; with one control plane none is needed. */
const withoutLease = { extraArgs: [{ name: 'leader-elect', value: 'false' }] }

/** The configuration for `kadm init` as a user writes it: no word on cgroups, and no check is ignored. */
export const initConfig = [
  { apiVersion: api, kind: 'InitConfiguration', localAPIEndpoint: { advertiseAddress: addressOf('cp1') }, timeouts },
  {
    apiVersion: api,
    kind: 'ClusterConfiguration',
    kubernetesVersion: version,
    controlPlaneEndpoint: endpoint,
    networking: { podSubnet: '10.244.0.0/16' },
    controllerManager: withoutLease,
    scheduler: withoutLease,
  },
]
  .map(document => stringify(document))
  .join('---\n')

/** The configuration for `kadm join --from`. */
export const joinConfig = stringify({ apiVersion: api, kind: 'JoinConfiguration', timeouts })

/** How long a test waits for a change of the cluster. */
export const patienceMs = 3_600_000
