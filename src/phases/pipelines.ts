import type { Cluster, Role } from '../cluster/cluster.ts'
import type { CsrRequest, ImportRequest } from '../cluster/csr-request.ts'
import type {
  BaseRequest,
  InitRequest,
  JoinRequest,
  RemoveRequest,
  RenewRequest,
  ResetRequest,
  ServingRequest,
} from '../cluster/request.ts'
import { coredns, kubeProxy } from './addon/index.ts'
import { backup } from './backup/index.ts'
import { bootstrapToken } from './bootstrap-token/index.ts'
import { certs, sa } from './certs/index.ts'
import { certificateRequests, checkAbsent, kubeconfigRequests } from './certs-csr/index.ts'
import { importCertificates, importedKubelet } from './certs-import/index.ts'
import { certsRenew, renewKubelet } from './certs-renew/index.ts'
import { checkEtcd } from './check-etcd/index.ts'
import { cleanupNetwork } from './cleanup-network/index.ts'
import { cleanupNode } from './cleanup-node/index.ts'
import { apiserver, controllerManager, scheduler } from './control-plane/index.ts'
import { joinMarkControlPlane } from './control-plane-join/index.ts'
import {
  adminKubeconfig,
  apiserverCerts,
  componentKubeconfigs,
  controlPlanePods,
  downloadCerts,
  etcdCerts,
} from './control-plane-prepare/index.ts'
import { etcdLocal } from './etcd/index.ts'
import { etcdJoin } from './etcd-join/index.ts'
import { imagesPull } from './images/index.ts'
import { kubeconfigs } from './kubeconfig/index.ts'
import { refreshCopies } from './kubeconfig-copies/index.ts'
import { enableClientCertRotation, useLocalEndpoint } from './kubelet-finalize/index.ts'
import { servingCertificate, servingConfigMap, servingKubelet } from './kubelet-serving/index.ts'
import { joinKubeletStart, kubeletStart } from './kubelet-start/index.ts'
import { kubeletWaitBootstrap } from './kubelet-wait-bootstrap/index.ts'
import { markControlPlane } from './mark-control-plane/index.ts'
import { checkRemoval, deleteNode, drainRemovedNode, removeMemberOfNode } from './node-remove/index.ts'
import { type PhaseFacts, phasesIn, type Row, type Stage, stage, type Target } from './phase.ts'
import { joinPreflight, machinePreflight, preflight, resetPreflight } from './preflight/index.ts'
import { removeEtcdMember } from './remove-etcd-member/index.ts'
import { checkServed, restartComponents } from './restart-components/index.ts'
import { showJoinCommand } from './show-join-command/index.ts'
import { showWhatStays } from './show-what-stays/index.ts'
import { upgradeApplyRows, upgradeNodeRows } from './upgrade-pipelines.ts'
import { uploadCerts } from './upload-certs/index.ts'
import { uploadConfigKubeadm, uploadConfigKubelet } from './upload-config/index.ts'
import { joinWaitApi, joinWaitComponents, waitApi, waitComponents } from './wait-control-plane/index.ts'

/**
 * The phases of each command, in order. The lanes of a row in brackets run in parallel; the phases of an inner bracket
 * run one after another. The names are kubeadm's, and so is the order wherever phases depend on each other.
 */
const initRows: readonly Row<InitRequest>[] = [
  preflight,
  [certs.ca, certs['etcd-ca']],
  // The kubelet and etcd start while the remaining keys are generated, which takes longest.
  [
    [kubeconfigs['kubelet.conf'], kubeletStart],
    [certs['etcd-server'], certs['etcd-peer'], etcdLocal],
    certs.apiserver,
    certs['apiserver-kubelet-client'],
    [certs['front-proxy-ca'], certs['front-proxy-client']],
    certs['apiserver-etcd-client'],
    sa,
  ],
  // Everything waits for the API server, so that only its dependencies run before it starts.
  apiserver,
  [
    [kubeconfigs['controller-manager.conf'], controllerManager],
    [kubeconfigs['scheduler.conf'], scheduler],
    kubeconfigs['admin.conf'],
    kubeconfigs['super-admin.conf'],
    certs['etcd-healthcheck-client'],
  ],
  waitApi,
  [
    waitComponents,
    uploadConfigKubeadm,
    uploadConfigKubelet,
    uploadCerts,
    markControlPlane,
    bootstrapToken,
    enableClientCertRotation,
    coredns,
    kubeProxy,
  ],
  showJoinCommand,
]

/** Workers run the phases of all roles; control planes run additional ones. */
const joinRows: readonly Row<JoinRequest>[] = [
  downloadCerts,
  // The kubelet gets its certificate from the cluster while the etcd of this node starts.
  [
    [etcdCerts, adminKubeconfig, checkEtcd, etcdJoin],
    [joinKubeletStart, kubeletWaitBootstrap],
    apiserverCerts,
    componentKubeconfigs,
  ],
  controlPlanePods,
  [joinWaitApi, joinMarkControlPlane],
  [joinWaitComponents, useLocalEndpoint],
]

const resetRows: readonly Row<ResetRequest>[] = [backup, removeEtcdMember, cleanupNode, cleanupNetwork, showWhatStays]

/** The commands that have phases. */
export type PhasedCommand = 'init' | 'join' | 'reset' | 'upgrade apply' | 'upgrade node'

const phasesByCommand: Readonly<Record<PhasedCommand, readonly PhaseFacts[]>> = {
  init: phasesIn(initRows),
  join: [joinPreflight, ...phasesIn(joinRows)],
  reset: [resetPreflight, ...phasesIn(resetRows)],
  'upgrade apply': phasesIn(upgradeApplyRows),
  'upgrade node': phasesIn(upgradeNodeRows),
}

/** Creates the first control plane. */
export function init(cluster: Cluster, request: InitRequest): readonly Stage[] {
  return [stage({ id: 'init', targets: targetsOf(cluster, request), atOnce: 1, rows: initRows })]
}

/**
 * Creates workers and further control planes in parallel; etcd members are added one at a time. All nodes are checked
 * before any is changed.
 */
export function join(cluster: Cluster, request: JoinRequest): readonly Stage[] {
  const targets = targetsOf(cluster, request)
  return [
    stage({ id: 'preflight', targets, atOnce: targets.length, rows: [joinPreflight] }),
    stage({ id: 'join', targets, atOnce: 10, rows: joinRows }),
  ]
}

/** Checks hosts in parallel. Reports findings and never fails. */
export function preflightAlone(cluster: Cluster, request: JoinRequest): readonly Stage[] {
  const targets = targetsOf(cluster, request)
  return [stage({ id: 'preflight', targets, atOnce: targets.length, rows: [machinePreflight] })]
}

/**
 * Removes nodes from their clusters: workers in parallel, control planes one after another, so that etcd keeps its
 * quorum. All nodes are checked before any is changed.
 */
export function reset(targets: readonly Target<ResetRequest>[]): readonly Stage[] {
  const of = (role: Role) => targets.filter(({ node }) => node.role === role)
  const stages: readonly Stage[] = [
    stage({ id: 'preflight', targets, atOnce: targets.length, rows: [resetPreflight] }),
    stage({ id: 'reset-workers', targets: of('worker'), atOnce: 10, rows: resetRows }),
    stage({ id: 'reset-control-planes', targets: of('control-plane'), atOnce: 1, rows: resetRows }),
  ]
  return stages.filter(({ nodes }) => nodes.length > 0)
}

/** Pulls the images of a control plane on hosts in parallel. */
export function pullImagesOnHosts(targets: readonly Target[]): readonly Stage[] {
  return [stage({ id: 'images', targets, atOnce: 10, rows: [imagesPull] })]
}

/** Removes a node from the cluster, from a control plane that remains. */
export function nodeRemove(cluster: Cluster, request: RemoveRequest): readonly Stage[] {
  const rows = [checkRemoval, drainRemovedNode, removeMemberOfNode, deleteNode]
  return [stage({ id: 'node-remove', targets: targetsOf(cluster, request), atOnce: 1, rows })]
}

/**
 * Renews certificates of control planes, one host after another, and restarts what still uses the old ones. The next
 * host starts only when all components of the previous one are healthy and use their certificates.
 */
export function renewCertificates(targets: readonly Target<RenewRequest>[]): readonly Stage[] {
  return [
    stage({
      id: 'certs-renew',
      targets,
      atOnce: 1,
      // The kubelet starts the components, and needs its certificate for that.
      rows: [certsRenew, refreshCopies, renewKubelet, ...restartComponents],
      gate: checkServed,
    }),
  ]
}

/** Changes how kubelets get their serving certificates, one node after another. */
export function kubeletServing(targets: readonly Target<ServingRequest>[]): readonly Stage[] {
  return [
    stage({ id: 'kubelet-config', targets: targets.slice(0, 1), atOnce: 1, rows: [servingConfigMap] }),
    stage({ id: 'kubelets', targets, atOnce: 1, rows: [servingKubelet, servingCertificate] }),
  ]
}

/**
 * Installs certificates on a host. With `running`, it is a control plane: what still uses an old certificate is
 * restarted.
 */
export function importOnHost(target: Target<ImportRequest>, running: boolean): readonly Stage[] {
  const one = { targets: [target], atOnce: 1 }
  if (!running) return [stage({ id: 'certs-import', ...one, rows: [importCertificates, importedKubelet] })]
  const rows = [importCertificates, importedKubelet, refreshCopies, ...restartComponents]
  return [stage({ id: 'certs-import', ...one, rows, gate: checkServed })]
}

/** Generates keys and signing requests of control planes. All hosts are checked before a file is written. */
export function generateRequests(targets: readonly Target<CsrRequest>[]): readonly Stage[] {
  const atOnce = targets.length
  return [
    stage({ id: 'check', targets, atOnce, rows: [checkAbsent] }),
    stage({ id: 'certs-csr', targets, atOnce, rows: [[certificateRequests, kubeconfigRequests]] }),
  ]
}

function targetsOf<R extends BaseRequest>(cluster: Cluster, request: R): readonly Target<R>[] {
  return cluster.nodes.map(node => ({ cluster, node, request }))
}

/** Returns the phases of a command in order, for lists and for the validation of names. */
export function phasesOf(command: PhasedCommand): readonly PhaseFacts[] {
  return phasesByCommand[command]
}

/** Names of the phases for `init phase` and `--skip-phases`. */
export const initPhases: readonly string[] = phasesOf('init').map(phase => phase.id)
export const joinPhases: readonly string[] = phasesOf('join').map(phase => phase.id)
export const resetPhases: readonly string[] = phasesOf('reset').map(phase => phase.id)
