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
  const files = [
    ['external-etcd-ca.crt', external.caFile],
    ['external-etcd.crt', external.certFile],
    ['external-etcd.key', external.keyFile],
  ] as const
  return [...shared, ...files.flatMap(([key, path]) => (path === undefined || path === '' ? [] : [{ key, path }]))]
}
