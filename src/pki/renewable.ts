import type { CaName, CertName, KubeconfigName } from '../cluster/node-files.ts'
import { type RenewableName, renewableNames } from '../cluster/renewable-names.ts'
import { type CertSpec, certTable } from './cert-table.ts'
import type { Certificate } from './certificate.ts'
import type { Issuer } from './issue.ts'
import { kubeconfigSpec } from './kubeconfig-table.ts'

/** A CA that signs renewed certificates. */
export interface RenewalCa {
  readonly certificates: readonly [Certificate, ...Certificate[]]
  readonly issuer: Issuer
}

/** A certificate that can be renewed: a leaf of the certificate table, or the client certificate in a kubeconfig. */
export type Renewable = {
  readonly longName: string
  /** The CA that signs it. */
  readonly signedBy: CaName
} & (
  | { readonly name: CertName; readonly kind: 'pair'; readonly spec: CertSpec }
  | { readonly name: KubeconfigName; readonly kind: 'kubeconfig' }
)

/** What `certs renew` renews, in kubeadm's order. */
export const renewables: readonly Renewable[] = renewableNames.map(renewableOf)

/** The client certificate of a kubelet, on control planes and workers. kubeadm does not renew it. */
export const kubeletClient = {
  name: 'kubelet-client',
  longName: 'certificate for the kubelet to connect to kube-apiserver',
  signedBy: 'ca',
} as const

function renewableOf(name: RenewableName): Renewable {
  const spec = certTable.find(row => row.name === name)
  if (spec?.signedBy !== undefined) {
    return { name: spec.name, kind: 'pair', longName: spec.longName, signedBy: spec.signedBy, spec }
  }
  const kubeconfig = kubeconfigSpec(name as KubeconfigName)
  return { name: kubeconfig.name, kind: 'kubeconfig', longName: kubeconfig.longName, signedBy: 'ca' }
}
