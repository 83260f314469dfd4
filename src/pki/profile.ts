import type { CaName, CertName, KubeconfigName, LeafName } from '../cluster/node-files.ts'
import { certTable } from './cert-table.ts'
import type { Usage } from './extensions.ts'
import { kubeconfigTable } from './kubeconfig-table.ts'
import type { Subject } from './name.ts'

/** What a certificate of a control plane must be, without the cluster that it is for. */
export type Profile = {
  /** Path below a directory without `.csr` and `.crt`: `etcd/server`, `admin.conf`. */
  readonly base: string
  readonly longName: string
  /** The CA that signs it. */
  readonly signedBy: CaName
  readonly usages: readonly Usage[]
  /** The subject on a node with this name. */
  readonly subject: (nodeName: string) => Subject
} & (
  | { readonly name: LeafName; readonly kind: 'pair' }
  | { readonly name: KubeconfigName; readonly kind: 'kubeconfig' }
)

/** The certificates that an external CA signs, in kubeadm's order. */
export const profiles: readonly Profile[] = [
  ...certTable.flatMap((spec): readonly Profile[] => {
    const { name, base, longName, signedBy, usages, subject } = spec
    if (signedBy === undefined) return []
    const of = (nodeName: string) => subject({ name: nodeName })
    return [{ name: name as LeafName, base, kind: 'pair', longName, signedBy, usages, subject: of }]
  }),
  ...kubeconfigTable.map(({ name, longName, subject }): Profile => {
    const of = (nodeName: string) => subject({ name: nodeName })
    return { name, base: name, kind: 'kubeconfig', longName, signedBy: 'ca', usages: ['clientAuth'], subject: of }
  }),
]

/** Returns the profile with this name: `etcd-server`, `admin.conf`. */
export function profileNamed(name: string): Profile | undefined {
  return profiles.find(profile => profile.name === name)
}

/** Returns the profile of a file by its name: `etcd/server.csr`, `admin.conf.crt`, `etcd-server.csr`. */
export function profileOfFile(path: string): Profile | undefined {
  const base = baseOf(path)
  return profiles.find(profile => profile.base === base) ?? profileNamed(base)
}

/** Returns the CA of a file by its name: `ca.crt`, `etcd/ca.crt`, `front-proxy-ca.crt`. */
export function caOfFile(path: string): CaName | undefined {
  const base = baseOf(path)
  const found = certTable.find(spec => spec.signedBy === undefined && (spec.base === base || spec.name === base))
  return found?.name as Extract<CertName, CaName> | undefined
}

/** Returns `etcd/server` for `any/pki/etcd/server.csr`. */
function baseOf(path: string): string {
  const [file = '', parent] = path.split('/').toReversed()
  const base = file.replace(/\.(csr|crt|key)$/, '')
  return parent === 'etcd' ? `etcd/${base}` : base
}
