import type { PhaseFacts } from '../../src/phases/phase.ts'
import { nodeRemove, phasesOf, pullImagesOnHosts } from '../../src/phases/pipelines.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'
import { withTable } from './with-table.ts'

/** What a phase does, and the name of kubeadm for it. */
type Explanation = readonly [does: string, kubeadm: string]

/** The phases of each section in words, by their ids. */
const explanations: Readonly<Record<string, Readonly<Record<string, Explanation>>>> = {
  'kadm init': {
    preflight: ['Checks the machine, all faults at once, and pulls the images.', '`preflight`'],
    'certs/ca': ['Makes the CA of the cluster.', '`certs ca`'],
    'certs/front-proxy-ca': ['Makes the CA of the aggregation layer.', '`certs front-proxy-ca`'],
    'certs/etcd-ca': ['Makes the CA of etcd; left out with an external etcd.', '`certs etcd-ca`'],
    'certs/sa': ['Makes the key pair that signs tokens of service accounts.', '`certs sa`'],
    'kubeconfig/kubelet': ['Makes kubelet.conf, which the kubelet needs to start.', '`kubeconfig kubelet`'],
    'kubelet-start': [
      "Writes the kubelet's configuration and flags, and restarts it unless it is newer than they are.",
      '`kubelet-start`',
    ],
    'certs/apiserver': ['Makes the certificate with which kube-apiserver serves.', '`certs apiserver`'],
    'certs/apiserver-kubelet-client': [
      'Makes the certificate with which kube-apiserver speaks to kubelets.',
      '`certs apiserver-kubelet-client`',
    ],
    'certs/front-proxy-client': [
      'Makes the certificate with which kube-apiserver speaks to extension API servers.',
      '`certs front-proxy-client`',
    ],
    'certs/etcd-server': [
      'Makes the certificate with which etcd serves; left out with an external etcd.',
      '`certs etcd-server`',
    ],
    'certs/etcd-peer': [
      'Makes the certificate between members of etcd; left out with an external etcd.',
      '`certs etcd-peer`',
    ],
    'certs/etcd-healthcheck-client': [
      "Makes the certificate of etcd's liveness probe; left out with an external etcd.",
      '`certs etcd-healthcheck-client`',
    ],
    'certs/apiserver-etcd-client': [
      'Makes the certificate with which kube-apiserver speaks to etcd; left out with an external etcd.',
      '`certs apiserver-etcd-client`',
    ],
    'kubeconfig/admin': ['Makes admin.conf, for administrators.', '`kubeconfig admin`'],
    'kubeconfig/super-admin': ['Makes super-admin.conf, which works without any RBAC.', '`kubeconfig super-admin`'],
    'kubeconfig/controller-manager': ['Makes controller-manager.conf.', '`kubeconfig controller-manager`'],
    'kubeconfig/scheduler': ['Makes scheduler.conf.', '`kubeconfig scheduler`'],
    'etcd/local': ['Writes the static pod of etcd; left out with an external etcd.', '`etcd local`'],
    'control-plane/apiserver': ['Writes the static pod of kube-apiserver.', '`control-plane apiserver`'],
    'control-plane/controller-manager': [
      'Writes the static pod of kube-controller-manager.',
      '`control-plane controller-manager`',
    ],
    'control-plane/scheduler': ['Writes the static pod of kube-scheduler.', '`control-plane scheduler`'],
    'wait-control-plane/api': [
      'Waits for the kubelet and kube-apiserver, as the manifests now say it, and gives admin.conf its rights.',
      'part of `wait-control-plane`',
    ],
    'wait-control-plane/components': [
      'Waits for kube-controller-manager and kube-scheduler.',
      'part of `wait-control-plane`',
    ],
    'upload-config/kubeadm': [
      'Stores the ClusterConfiguration in the cluster, for later joins and upgrades.',
      '`upload-config kubeadm`',
    ],
    'upload-config/kubelet': ['Stores the configuration that joining kubelets take.', '`upload-config kubelet`'],
    'upload-certs': [
      'Stores the shared keys in the cluster, sealed, for two hours; only with `--upload-certs`.',
      '`upload-certs`',
    ],
    'mark-control-plane': ['Gives the Node its labels and taints.', '`mark-control-plane`'],
    'bootstrap-token': [
      'Makes the tokens for joining and the rights they need, and publishes cluster-info.',
      '`bootstrap-token`',
    ],
    'kubelet-finalize/enable-client-cert-rotation': [
      'Points kubelet.conf at the certificate that the kubelet renews by itself.',
      '`kubelet-finalize enable-client-cert-rotation`',
    ],
    'addon/coredns': ['Deploys CoreDNS.', '`addon coredns`'],
    'addon/kube-proxy': ['Deploys kube-proxy.', '`addon kube-proxy`'],
    'show-join-command': ['Tells how other nodes join; the answer on stdout is made of it.', '`show-join-command`'],
  },
  'kadm join': {
    preflight: ['Checks the machine, all faults at once; on a control plane it pulls the images too.', '`preflight`'],
    'control-plane-prepare/download-certs': [
      'Takes the CAs and the keys that control planes share: from the one named with `--from`, else unsealed from the cluster with the certificate key. Files on the machine that differ are refused, all together.',
      '`control-plane-prepare download-certs`',
    ],
    'control-plane-prepare/certs/etcd': [
      'Makes the certificates of etcd; left out with an external etcd.',
      'part of `control-plane-prepare certs`',
    ],
    'control-plane-prepare/kubeconfig/admin': [
      'Makes admin.conf, with which the rest of the join speaks to the cluster.',
      'part of `control-plane-prepare kubeconfig`',
    ],
    'check-etcd': [
      'Goes on only with a healthy etcd, all of whose voters answer; left out with an external etcd.',
      '`check-etcd`',
    ],
    'etcd-join': [
      'Announces this node to etcd as a learner, starts its member and has it promoted; one node of the cluster at a time. Left out with an external etcd.',
      '`etcd-join`',
    ],
    'kubelet-start': [
      'Refuses a name that a ready Node has; writes CA, credentials and configuration of the kubelet, and starts it.',
      '`kubelet-start`',
    ],
    'kubelet-wait-bootstrap': [
      'Waits for the kubelet to get its certificate, then removes the bootstrap credentials.',
      '`kubelet-wait-bootstrap`',
    ],
    'control-plane-prepare/certs/apiserver': [
      'Makes the certificates of kube-apiserver.',
      'part of `control-plane-prepare certs`',
    ],
    'control-plane-prepare/kubeconfig/components': [
      'Makes controller-manager.conf and scheduler.conf.',
      'part of `control-plane-prepare kubeconfig`',
    ],
    'control-plane-prepare/control-plane': [
      'Writes the static pods of kube-apiserver, kube-controller-manager and kube-scheduler.',
      '`control-plane-prepare control-plane`',
    ],
    'wait-control-plane/api': ["Waits for this node's own kube-apiserver.", 'part of `wait-control-plane`'],
    'control-plane-join/mark-control-plane': [
      'Gives the Node its labels and taints.',
      '`control-plane-join mark-control-plane`',
    ],
    'wait-control-plane/components': [
      'Waits for kube-controller-manager and kube-scheduler.',
      'part of `wait-control-plane`',
    ],
    'kubelet-finalize/local-endpoint': [
      'Points the kubelet at the API server of its own node.',
      'part of `kubelet-start`',
    ],
  },
  'kadm reset': {
    preflight: [
      'Asks for root. The question whether to proceed comes before it, and not at all when it is left out.',
      '`preflight`',
    ],
    backup: [
      'Copies keys, kubeconfigs and manifests into the folder of `--backup`, for root alone; only with that flag.',
      "kadm's own",
    ],
    'remove-etcd-member': [
      "Takes the machine's member out of etcd, a learner too, unless the others would have no quorum then. Stops while an etcd runs here that cannot be asked.",
      '`remove-etcd-member`',
    ],
    'cleanup-node': [
      "Stops the kubelet and removes the pods that it made; when nothing of them runs any more, unmounts their volumes, and removes the node's files and etcd's data.",
      '`cleanup-node`',
    ],
    'cleanup-network': [
      'Removes CNI configuration and the rules of kube-proxy; only with `--cleanup-network`.',
      "kadm's own",
    ],
    'show-what-stays': ['Looks for what is left, for the answer.', "kadm's own"],
  },
  'kadm config images pull': {
    'images/pull': ['Brings the images of a control plane to each machine, as imagePullPolicy says.', 'none'],
  },
  'kadm node remove': {
    'node-remove/check': [
      "Refuses when etcd would have no quorum without the node, naming its members and how they are, and when a member that may be the node's has a name of no Node.",
      "kadm's own",
    ],
    'node-remove/drain': [
      'Keeps new Pods off the node and evicts those on it, as disruption budgets allow; a node that does not answer is left out.',
      "kadm's own",
    ],
    'node-remove/etcd-member': ["Takes the node's member out of etcd, a learner too.", "kadm's own"],
    'node-remove/node': ['Deletes the Node.', "kadm's own"],
  },
}

/** The phases of each section as they run. */
function phasesBySection(): Readonly<Record<string, readonly PhaseFacts[]>> {
  const [cluster, request] = [makeCluster(), makeRequest()]
  const targets = cluster.nodes.map(node => ({ cluster, node, request }))
  return {
    'kadm init': phasesOf('init'),
    'kadm join': phasesOf('join'),
    'kadm reset': phasesOf('reset'),
    'kadm config images pull': pullImagesOnHosts(targets).flatMap(({ phases }) => phases),
    'kadm node remove': nodeRemove(cluster, request).flatMap(({ phases }) => phases),
  }
}

/** docs/phases.md with a table for each command, in the order of its phases. */
export function phasesPage(page: string): string {
  return Object.entries(phasesBySection()).reduce((text, [section, phases]) => {
    const known = explanations[section] ?? {}
    refuseStrays(section, phases, Object.keys(known))
    const rows = phases.map(({ id }) => {
      const [does, kubeadm] = known[id] ?? ['', '']
      return `| \`${id}\` | ${does} | ${kubeadm} |`
    })
    return withTable(text, section, ["| phase | what it does | kubeadm's name |", '| --- | --- | --- |', ...rows])
  }, page)
}

/** Throws for a phase without an explanation, and for an explanation without a phase. */
function refuseStrays(section: string, phases: readonly PhaseFacts[], explained: readonly string[]): void {
  const ids = phases.map(({ id }) => id)
  const missing = ids.filter(id => !explained.includes(id))
  const stray = explained.filter(id => !ids.includes(id))
  if (missing.length + stray.length === 0) return
  throw new Error(`test/docs/phases-page.ts, ${section}: not explained [${missing}], not a phase [${stray}]`)
}
