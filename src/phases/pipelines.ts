import type { Cluster, Role } from '../cluster/cluster.ts'
import type { BaseRequest, InitRequest, JoinRequest, RemoveRequest, ResetRequest } from '../cluster/request.ts'
import { coredns, kubeProxy } from './addon/index.ts'
import { backup } from './backup/index.ts'
import { bootstrapToken } from './bootstrap-token/index.ts'
import { certs, sa } from './certs/index.ts'
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
import { enableClientCertRotation, useLocalEndpoint } from './kubelet-finalize/index.ts'
import { joinKubeletStart, kubeletStart } from './kubelet-start/index.ts'
import { kubeletWaitBootstrap } from './kubelet-wait-bootstrap/index.ts'
import { markControlPlane } from './mark-control-plane/index.ts'
import { checkRemoval, deleteNode, drainRemovedNode, removeMemberOfNode } from './node-remove/index.ts'
import { type PhaseFacts, phasesIn, type Row, type Stage, stage, type Target } from './phase.ts'
import { joinPreflight, machinePreflight, preflight, resetPreflight } from './preflight/index.ts'
import { removeEtcdMember } from './remove-etcd-member/index.ts'
import { showJoinCommand } from './show-join-command/index.ts'
import { showWhatStays } from './show-what-stays/index.ts'
import { uploadCerts } from './upload-certs/index.ts'
import { uploadConfigKubeadm, uploadConfigKubelet } from './upload-config/index.ts'
import { joinWaitApi, joinWaitComponents, waitApi, waitComponents } from './wait-control-plane/index.ts'

/**
 * What each command does, in order. A row in brackets runs side by side; brackets inside are one after another.
 * The names are kubeadm's; the order is kubeadm's wherever something depends on it.
 */
const initRows: readonly Row<InitRequest>[] = [
  preflight,
  [certs.ca, certs['etcd-ca']],
  // The kubelet and etcd come up while the rest is still made: making keys takes longest.
  [
    [kubeconfigs['kubelet.conf'], kubeletStart],
    [certs['etcd-server'], certs['etcd-peer'], etcdLocal],
    certs.apiserver,
    certs['apiserver-kubelet-client'],
    [certs['front-proxy-ca'], certs['front-proxy-client']],
    certs['apiserver-etcd-client'],
    sa,
  ],
  // Everything waits for the API server: nothing comes before its start that it does not need.
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

/** Workers pass the phases of all roles; control planes have more. */
const joinRows: readonly Row<JoinRequest>[] = [
  downloadCerts,
  // The kubelet gets its certificate from the cluster while this node's own etcd comes up.
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

const phasesByCommand: Readonly<Record<'init' | 'join' | 'reset', readonly PhaseFacts[]>> = {
  init: phasesIn(initRows),
  join: [joinPreflight, ...phasesIn(joinRows)],
  reset: [resetPreflight, ...phasesIn(resetRows)],
}

/** Makes the first control plane. */
export function init(cluster: Cluster, request: InitRequest): readonly Stage[] {
  return [stage({ id: 'init', targets: targetsOf(cluster, request), atOnce: 1, rows: initRows })]
}

/**
 * Makes workers and further control planes, side by side; into etcd they go one at a time. Nothing is changed on any of
 * them before all were found fit.
 */
export function join(cluster: Cluster, request: JoinRequest): readonly Stage[] {
  const targets = targetsOf(cluster, request)
  return [
    stage({ id: 'preflight', targets, atOnce: targets.length, rows: [joinPreflight] }),
    stage({ id: 'join', targets, atOnce: 10, rows: joinRows }),
  ]
}

/** Looks at hosts, side by side; findings are reported, and nothing fails. */
export function preflightAlone(cluster: Cluster, request: JoinRequest): readonly Stage[] {
  const targets = targetsOf(cluster, request)
  return [stage({ id: 'preflight', targets, atOnce: targets.length, rows: [machinePreflight] })]
}

/**
 * Takes nodes out of their clusters: workers side by side, control planes one after the other, so that etcd keeps up.
 * Nothing is changed on any of them before all were found fit.
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

/** Pulls the images of a control plane on hosts, side by side. */
export function pullImagesOnHosts(targets: readonly Target[]): readonly Stage[] {
  return [stage({ id: 'images', targets, atOnce: 10, rows: [imagesPull] })]
}

/** Takes a node out of the cluster from a control plane that stays. */
export function nodeRemove(cluster: Cluster, request: RemoveRequest): readonly Stage[] {
  const rows = [checkRemoval, drainRemovedNode, removeMemberOfNode, deleteNode]
  return [stage({ id: 'node-remove', targets: targetsOf(cluster, request), atOnce: 1, rows })]
}

function targetsOf<R extends BaseRequest>(cluster: Cluster, request: R): readonly Target<R>[] {
  return cluster.nodes.map(node => ({ cluster, node, request }))
}

/** The phases of a command in order, for lists and for checking names. */
export function phasesOf(command: keyof typeof phasesByCommand): readonly PhaseFacts[] {
  return phasesByCommand[command]
}

/** Names of the phases, as `init phase` and `--skip-phases` take them. */
export const initPhases: readonly string[] = phasesOf('init').map(phase => phase.id)
export const joinPhases: readonly string[] = phasesOf('join').map(phase => phase.id)
export const resetPhases: readonly string[] = phasesOf('reset').map(phase => phase.id)
