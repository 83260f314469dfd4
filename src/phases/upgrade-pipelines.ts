import type {
  RollbackRequest,
  StorageMigrateRequest,
  UpgradeClusterRequest,
  UpgradeRequest,
} from '../cluster/request.ts'
import { coredns, kubeProxy, upgradeCoredns, upgradeKubeProxy } from './addon/index.ts'
import { bootstrapTokenRights } from './bootstrap-token/index.ts'
import {
  upgradeApiserver,
  upgradeControllerManager,
  upgradedManifests,
  upgradeEtcd,
  upgradeKubeconfigs,
  upgradeScheduler,
} from './control-plane/index.ts'
import { imagesPullAddons } from './images/index.ts'
import { upgradeKubeconfig } from './kubeconfig/index.ts'
import { kubeletConfig } from './kubelet-config/index.ts'
import { type Row, type Stage, stage, type Target } from './phase.ts'
import { postUpgrade } from './post-upgrade/index.ts'
import { upgradePreflight } from './preflight/index.ts'
import { checkSnapshot, restoreKubeletConfig, restoreObjects, restoreStaticPods } from './rollback/index.ts'
import { storageMigrate } from './storage-migrate/index.ts'
import { upgradeBackup } from './upgrade-backup/index.ts'
import {
  afterNode,
  beforeNode,
  checkDrain,
  drainForUpgrade,
  installKubelet,
  prepareKubelet,
  restartUpgraded,
  uncordonUpgraded,
} from './upgrade-kubelet/index.ts'
import { uploadConfigKubeadm, uploadConfigKubelet } from './upload-config/index.ts'

/** The static pods of a control plane, one after another; the last two do not depend on each other. */
const replacedPods: readonly Row<UpgradeRequest>[] = [
  upgradeEtcd,
  upgradeApiserver,
  [upgradeControllerManager, upgradeScheduler],
  upgradeKubeconfigs,
]

/** Upgrades the first control plane and the configuration of the cluster. */
export const upgradeApplyRows: readonly Row<UpgradeRequest>[] = [
  upgradePreflight,
  upgradeBackup,
  ...replacedPods,
  [
    uploadConfigKubeadm,
    uploadConfigKubelet,
    [upgradeKubeconfig, kubeletConfig],
    bootstrapTokenRights,
    upgradeCoredns,
    upgradeKubeProxy,
  ],
  postUpgrade,
]

/** Upgrades further control planes and workers. */
export const upgradeNodeRows: readonly Row<UpgradeRequest>[] = [
  upgradePreflight,
  upgradeBackup,
  ...replacedPods,
  [[upgradeKubeconfig, kubeletConfig], upgradeCoredns, upgradeKubeProxy],
  postUpgrade,
]

/** What an upgrade writes into the cluster, once. */
const upgradedObjects: readonly Row<UpgradeRequest>[] = [
  [uploadConfigKubeadm, uploadConfigKubelet, bootstrapTokenRights, coredns, kubeProxy],
]

/** For a dry run: everything that an upgrade writes, on each node and in the cluster, without its checks and waits. */
export function upgradeDiff(targets: readonly Target<UpgradeRequest>[]): readonly Stage[] {
  const [first] = targets.filter(({ node }) => node.role === 'control-plane')
  return [
    stage({
      id: 'files',
      targets,
      atOnce: targets.length,
      rows: [upgradedManifests, upgradeKubeconfig, kubeletConfig],
    }),
    stage({ id: 'cluster', targets: first === undefined ? [] : [first], atOnce: 1, rows: upgradedObjects }),
  ]
}

/** Upgrades the first control plane and the configuration of the cluster. */
export function upgradeApply(targets: readonly Target<UpgradeRequest>[]): readonly Stage[] {
  return [stage({ id: 'upgrade-apply', targets, atOnce: 1, rows: upgradeApplyRows })]
}

/** Restores what an upgrade replaced on a control plane. */
export function upgradeRollback(targets: readonly Target<RollbackRequest>[]): readonly Stage[] {
  const rows = [checkSnapshot, restoreStaticPods, restoreKubeletConfig, restoreObjects]
  return targets.length === 0 ? [] : [stage({ id: 'upgrade-rollback', targets, atOnce: 1, rows })]
}

/** Rewrites stored objects, from one control plane for the whole cluster. */
export function migrateStorage(targets: readonly Target<StorageMigrateRequest>[]): readonly Stage[] {
  return [stage({ id: 'storage-migrate', targets, atOnce: 1, rows: [storageMigrate] })]
}

/** Upgrades further control planes and workers, one node after another, to the version that the cluster stores. */
export function upgradeNode(targets: readonly Target<UpgradeRequest>[]): readonly Stage[] {
  return [stage({ id: 'upgrade-node', targets, atOnce: 1, rows: upgradeNodeRows })]
}

const kubeletRows: readonly Row<UpgradeClusterRequest>[] = [
  drainForUpgrade,
  installKubelet,
  restartUpgraded,
  uncordonUpgraded,
  afterNode,
]

/** A version on the way to the target, with the nodes that get it. */
export interface Hop {
  readonly version: string
  /** The first control plane, then the others, then the workers. */
  readonly targets: readonly Target<UpgradeClusterRequest>[]
}

/**
 * Upgrades the nodes of a cluster, one minor version after another: the first control plane, the others one by one, then
 * workers in batches. All nodes are checked, and have the images and the kubelet, before the first one changes.
 */
export function upgradeCluster(hops: readonly Hop[], workersAtOnce: number): readonly Stage[] {
  return hops.flatMap(hop => hopStages(hop, workersAtOnce))
}

function hopStages({ version, targets }: Hop, workersAtOnce: number): readonly Stage[] {
  const controlPlanes = targets.filter(({ node }) => node.role === 'control-plane')
  const workers = targets.filter(({ node }) => node.role === 'worker')
  const [first, ...others] = controlPlanes
  const stages = [
    stage({
      id: `preflight-${version}`,
      targets,
      atOnce: targets.length,
      rows: [upgradePreflight, checkDrain, imagesPullAddons, prepareKubelet],
    }),
    stage({
      id: `first-control-plane-${version}`,
      targets: first === undefined ? [] : [first],
      atOnce: 1,
      rows: [beforeNode, ...upgradeApplyRows.slice(1), ...kubeletRows],
    }),
    stage({
      id: `control-planes-${version}`,
      targets: others,
      atOnce: 1,
      rows: [beforeNode, ...upgradeNodeRows.slice(1), ...kubeletRows],
    }),
    stage({
      id: `workers-${version}`,
      targets: workers,
      atOnce: workersAtOnce,
      rows: [beforeNode, ...upgradeNodeRows.slice(1), ...kubeletRows],
    }),
  ]
  return stages.filter(({ nodes }) => nodes.length > 0)
}
