import type { CaName, CertName, KubeconfigName } from '../cluster/node-files.ts'
import { type CertSpec, certTable } from './cert-table.ts'
import { kubeconfigTable } from './kubeconfig-table.ts'

/** A certificate that can be renewed: a leaf of the certificate table, or the client certificate in a kubeconfig. */
export type Renewable = {
  readonly longName: string
  /** The CA that signs it. */
  readonly signedBy: CaName
} & (
  | { readonly name: CertName; readonly kind: 'pair'; readonly spec: CertSpec }
  | { readonly name: KubeconfigName; readonly kind: 'kubeconfig' }
)

const pairs = certTable.flatMap((spec): readonly Renewable[] => {
  const { name, longName, signedBy } = spec
  return signedBy === undefined ? [] : [{ name, kind: 'pair', longName, signedBy, spec }]
})

const kubeconfigs = kubeconfigTable.flatMap(({ name, longName, renewable }): readonly Renewable[] =>
  renewable ? [{ name, kind: 'kubeconfig', longName, signedBy: 'ca' }] : [],
)

/** The eleven certificates that `certs renew` renews, in kubeadm's order. */
export const renewables: readonly Renewable[] = [...pairs, ...kubeconfigs].sort((a, b) => (a.name < b.name ? -1 : 1))
