import { type Check, failure } from './check.ts'

/** Nodes reach the cluster at one address. Without a shared one they all depend on the first control plane. */
export const controlPlaneEndpoint: Check = {
  name: 'ControlPlaneEndpoint',
  standing: true,
  run: ({ ctx }) => (ctx.cluster.config.controlPlaneEndpoint === undefined ? [failure(noEndpoint, giveEndpoint)] : []),
}

const noEndpoint =
  "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address"
const giveEndpoint =
  'give the cluster a name or a load balancer: set controlPlaneEndpoint in the ConfigMap kube-system/kubeadm-config, and make the API server certificates valid for it'
