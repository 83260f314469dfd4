import { type CaName, pairOf, serviceAccountPair } from './node-files.ts'
import type { ClusterConfiguration } from './spec.ts'

export interface UploadedFile {
  /** The key in the Secret kubeadm-certs. */
  readonly key: string
  readonly path: string
}

/** Returns the files that control planes share, and their keys in kubeadm-certs. */
export function uploadedFiles(config: ClusterConfiguration): readonly UploadedFile[] {
  const { certificatesDir, etcd } = config
  const { external } = etcd
  const pair = (name: CaName) => Object.values(pairOf(certificatesDir, name))
  const { key, publicKey } = serviceAccountPair(certificatesDir)
  const files = [...pair('ca'), ...pair('front-proxy-ca'), publicKey, key]
  const all = external === undefined ? [...files, ...pair('etcd-ca')] : files
  const shared = all.map(path => ({ key: path.slice(certificatesDir.length + 1).replace('/', '-'), path }))
  if (external === undefined) return shared
  return [...shared, ...filesOf(external).flatMap(([key, path]) => (path === '' ? [] : [{ key, path }]))]
}

/** Returns keys of kubeadm-certs with empty content: kubeadm requires those of an external etcd by name. */
export function emptyUploads({ etcd: { external } }: ClusterConfiguration): readonly string[] {
  return external === undefined ? [] : filesOf(external).flatMap(([key, path]) => (path === '' ? [key] : []))
}

function filesOf({ caFile = '', certFile = '', keyFile = '' }: NonNullable<ClusterConfiguration['etcd']['external']>) {
  return [
    ['external-etcd-ca.crt', caFile],
    ['external-etcd.crt', certFile],
    ['external-etcd.key', keyFile],
  ] as const
}
