import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { type CaName, type CertName, certificatePairs, type LeafName } from '../cluster/node-files.ts'
import { type AltNames, altNames, noAltNames } from './alt-names.ts'
import { apiServerSans, etcdSans, type NamedNode } from './cert-sans.ts'
import type { Usage } from './extensions.ts'
import type { Subject } from './name.ts'

/** One certificate of a control plane. */
export interface CertSpec {
  /** kubeadm's phase name; also the name of its key in the session. */
  readonly name: CertName
  /** Path under certificatesDir without `.crt` or `.key`. */
  readonly base: string
  readonly longName: string
  /** Absent for a CA, which is self-signed. */
  readonly signedBy?: CaName
  readonly usages: readonly Usage[]
  readonly subject: (node: Pick<ControlPlaneNode, 'name'>) => Subject
  readonly sans: (cluster: Pick<Cluster, 'config'>, node: NamedNode) => AltNames
}

const server: readonly Usage[] = ['serverAuth']
const client: readonly Usage[] = ['clientAuth']
const both: readonly Usage[] = ['serverAuth', 'clientAuth']

function ca(name: CaName, commonName: string, owner: string): CertSpec {
  return {
    name,
    base: certificatePairs[name].base,
    longName: `self-signed ${owner}`,
    usages: [],
    subject: () => named(commonName),
    sans: () => altNames([commonName]),
  }
}

function leaf(name: LeafName, signedBy: CaName, usages: readonly Usage[], commonName: string) {
  return {
    name,
    base: certificatePairs[name].base,
    signedBy,
    usages,
    subject: () => named(commonName),
    sans: () => noAltNames,
  }
}

function named(commonName: string): Subject {
  return { commonName, organizations: [] }
}

const byNode = (node: Pick<ControlPlaneNode, 'name'>): Subject => named(node.name)

/** The ten certificates in the order in which kubeadm creates them. */
export const certTable: readonly CertSpec[] = [
  ca('ca', 'kubernetes', 'Kubernetes CA to provision identities for other Kubernetes components'),
  {
    ...leaf('apiserver', 'ca', server, 'kube-apiserver'),
    longName: 'certificate for serving the Kubernetes API',
    sans: apiServerSans,
  },
  {
    ...leaf('apiserver-kubelet-client', 'ca', client, 'kube-apiserver-kubelet-client'),
    longName: 'certificate for the API server to connect to kubelet',
  },
  ca('front-proxy-ca', 'front-proxy-ca', 'CA to provision identities for front proxy'),
  {
    ...leaf('front-proxy-client', 'front-proxy-ca', client, 'front-proxy-client'),
    longName: 'certificate for the front proxy client',
  },
  ca('etcd-ca', 'etcd-ca', 'CA to provision identities for etcd'),
  {
    ...leaf('etcd-server', 'etcd-ca', both, ''),
    longName: 'certificate for serving etcd',
    subject: byNode,
    sans: (cluster, node) => etcdSans(node, cluster.config.etcd.local?.serverCertSANs),
  },
  {
    ...leaf('etcd-peer', 'etcd-ca', both, ''),
    longName: 'certificate for etcd nodes to communicate with each other',
    subject: byNode,
    sans: (cluster, node) => etcdSans(node, cluster.config.etcd.local?.peerCertSANs),
  },
  {
    ...leaf('etcd-healthcheck-client', 'etcd-ca', client, 'kube-etcd-healthcheck-client'),
    longName: 'certificate for liveness probes to healthcheck etcd',
  },
  {
    ...leaf('apiserver-etcd-client', 'etcd-ca', client, 'kube-apiserver-etcd-client'),
    longName: 'certificate the apiserver uses to access etcd',
  },
]

/** Returns the row of a certificate. */
export function certSpec(name: CertName): CertSpec {
  const found = certTable.find(spec => spec.name === name)
  if (found === undefined) throw new Error(`unknown certificate ${name}`)
  return found
}

/** True for the five certificates that only a stacked etcd needs. */
export function isEtcdCert(spec: CertSpec): boolean {
  return spec.name === 'etcd-ca' || spec.signedBy === 'etcd-ca'
}

/** Returns the certificates of this cluster's control planes; without those of etcd if it is external. */
export function certsOf(cluster: Pick<Cluster, 'config'>): readonly CertSpec[] {
  return cluster.config.etcd.external === undefined ? certTable : certTable.filter(spec => !isEtcdCert(spec))
}
