import type { ClusterConfiguration } from './spec.ts'

export interface UploadedFile {
  /** Key in the Secret kubeadm-certs. */
  readonly key: string
  readonly path: string
}

/** The files that control planes share, and their names in kubeadm-certs. */
export function uploadedFiles(config: ClusterConfiguration): readonly UploadedFile[] {
  const names = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.pub', 'sa.key']
  const shared = names.map(name => ({ key: name, path: `${config.certificatesDir}/${name}` }))
  const { external } = config.etcd
  if (external === undefined) {
    const etcd = ['ca.crt', 'ca.key'].map(name => ({
      key: `etcd-${name}`,
      path: `${config.certificatesDir}/etcd/${name}`,
    }))
    return [...shared, ...etcd]
  }
  return [...shared, ...filesOf(external).flatMap(([key, path]) => (path === '' ? [] : [{ key, path }]))]
}

/** Entries of kubeadm-certs that are there without a content: kubeadm asks for those of an external etcd by name. */
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
