import type { MachineFact, Needs } from '../config/field/machine-needs.ts'
import type { PhaseFacts } from './phase.ts'

/** Phases, or families of them, that speak to the container runtime or write its socket. */
const withRuntime = [
  ...['preflight', 'kubelet-start', 'kubelet-wait-bootstrap', 'wait-control-plane', 'etcd-join', 'cleanup-node'],
  'images',
]

/** Phases that neither name the node nor an address of it: files of the whole cluster and objects in it. */
const ofCluster = [
  ...['ca', 'etcd-ca', 'front-proxy-ca', 'front-proxy-client', 'sa'].map(name => `certs/${name}`),
  ...['apiserver-kubelet-client', 'apiserver-etcd-client', 'etcd-healthcheck-client'].map(name => `certs/${name}`),
  ...['controller-manager', 'scheduler'].map(name => `control-plane/${name}`),
  ...['upload-certs', 'upload-config', 'bootstrap-token', 'addon/coredns', 'show-join-command', 'kubelet-finalize'],
  ...['cleanup-network', 'show-what-stays', 'backup', 'cleanup-node'],
]
/** Phases that name the node alone. */
const withoutAddress = [...ofCluster, 'kubelet-start', 'mark-control-plane', 'control-plane-join', 'images']
/** Phases that use the address alone. */
const withoutName = [
  ...ofCluster,
  ...['admin', 'super-admin', 'controller-manager', 'scheduler'].map(name => `kubeconfig/${name}`),
  ...['control-plane/apiserver', 'addon/kube-proxy'],
]

const needed: Readonly<Record<MachineFact, (id: string) => boolean>> = {
  criSocket: id => within(withRuntime, id),
  name: id => !within(withoutName, id),
  advertiseAddress: id => !within(withoutAddress, id),
}

function within(families: readonly string[], id: string): boolean {
  return families.some(family => id === family || id.startsWith(`${family}/`))
}

/** What phases ask a machine for. */
export function needsOf(phases: readonly Pick<PhaseFacts, 'id'>[]): Needs {
  return fact => phases.some(({ id }) => needed[fact](id))
}
