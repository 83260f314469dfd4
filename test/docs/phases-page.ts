import type { PhaseFacts, Stage } from '../../src/phases/phase.ts'
import {
  generateRequests,
  importOnHost,
  init,
  join,
  kubeletServing,
  nodeRemove,
  preflightAlone,
  pullImagesOnHosts,
  renewCertificates,
  reset,
} from '../../src/phases/pipelines.ts'
import { rotateCas } from '../../src/phases/rotate-ca/stages.ts'
import { rotateSa } from '../../src/phases/rotate-sa/stages.ts'
import {
  migrateStorage,
  upgradeApply,
  upgradeCluster,
  upgradeNode,
  upgradeRollback,
} from '../../src/phases/upgrade-pipelines.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'
import { withTable } from './with-table.ts'

const cluster = makeCluster()
const request = makeRequest()
const targets = cluster.nodes.map(node => ({ cluster, node, request }))

/** The stages of each command, by the title of its section. */
const sections: Readonly<Record<string, readonly Stage[]>> = {
  'kadm init': init(cluster, request),
  'kadm join': join(cluster, request),
  'kadm reset': reset(cluster.nodes.map(node => ({ cluster, node, request }))),
  'kadm preflight': preflightAlone(cluster, request),
  'kadm config images pull': pullImagesOnHosts(cluster.nodes.map(node => ({ cluster, node, request }))),
  'kadm node remove': nodeRemove(cluster, request),
  'kadm certs kubelet-serving': kubeletServing(cluster.nodes.map(node => ({ cluster, node, request }))),
  'kadm certs generate-csr': generateRequests(cluster.nodes.map(node => ({ cluster, node, request }))),
  'kadm certs import': cluster.nodes.flatMap(node => importOnHost({ cluster, node, request }, true)),
  'kadm certs rotate-sa': rotateSa(cluster.nodes.map(node => ({ cluster, node, request }))),
  'kadm certs rotate-ca': rotateCas(targets),
  'kadm upgrade apply': upgradeApply(targets),
  'kadm upgrade node': upgradeNode(targets),
  'kadm upgrade cluster': ownPhases(upgradeCluster([{ version: 'v1.37.2', targets }], 1), 'upgrade-kubelet'),
  'kadm upgrade rollback': upgradeRollback(targets),
  'kadm upgrade storage-migrate': migrateStorage(targets),
  'kadm certs renew': renewCertificates(cluster.nodes.map(node => ({ cluster, node, request }))),
}

/** Only the phases of one family, for a command that also has all phases of another one. */
function ownPhases(stages: readonly Stage[], family: string): readonly Stage[] {
  return stages.map(one => ({ ...one, phases: one.phases.filter(({ id }) => id.startsWith(`${family}/`)) }))
}

/** docs/phases.md with its tables as the pipelines have them. */
export function phasesPage(page: string): string {
  return Object.entries(sections).reduce((text, [section, stages]) => withTable(text, section, tableOf(stages)), page)
}

function tableOf(stages: readonly Stage[]): readonly string[] {
  const rows = stages
    .flatMap(({ phases }) => phases)
    .map(phase => `| \`${phase.id}\` | ${phase.about} | ${kubeadmName(phase)} |`)
  return ["| phase | what it does | kubeadm's name |", '| --- | --- | --- |', ...new Set(rows)]
}

function kubeadmName({ id, kubeadm }: PhaseFacts): string {
  if (kubeadm === 'none') return "kadm's own"
  return kubeadm === undefined ? `\`${id.replace('/', ' ')}\`` : `part of \`${kubeadm.partOf}\``
}
