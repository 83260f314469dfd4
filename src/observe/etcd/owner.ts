import type { Etcd } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'

/** Whose objects an etcd contains: none of Kubernetes, those of the cluster with this CA, of another CA, or unknown. */
export type EtcdOwner = 'none' | 'same' | 'other' | 'unknown'

/** ConfigMaps in which every cluster stores its CA; the last one contains it in a kubeconfig. */
const withCa = [
  'kube-system/extension-apiserver-authentication',
  'kube-system/kube-root-ca.crt',
  'kube-public/cluster-info',
]

/** Queries etcd. `caPem` is absent if a new CA will be created. */
export async function readOwner(etcd: Etcd, prefix: string, caPem: string | undefined): Promise<EtcdOwner> {
  if (!(await etcd.holds(`${prefix}/`))) return 'none'
  if (caPem === undefined) return 'other'
  const texts = await Promise.all(withCa.map(name => etcd.read(`${prefix}/configmaps/${name}`)))
  const signs = signsOf(caPem)
  if (texts.some(text => text !== undefined && signs.some(sign => text.includes(sign)))) return 'same'
  return texts.some(text => text !== undefined && /-----BEGIN CERTIFICATE-----|LS0tLS1CRUdJTi/.test(text))
    ? 'other'
    : 'unknown'
}

const script = `
db=$1/member/snap/db
[ -e "$db" ] || { echo none; exit; }
has() { grep -qF -e "$1" "$db" "\${db%/snap/db}"/wal/*.wal; }
has "$2/configmaps/" || { echo none; exit; }
if [ -n "$3" ] && { has "$3" || has "$4"; }; then echo same; else echo other; fi`

/** Reads the files of an etcd that does not run; undefined if they cannot be read. */
export async function readOwnerOfFiles(
  host: HostReader,
  dataDir: string,
  prefix: string,
  caPem: string | undefined,
): Promise<EtcdOwner | undefined> {
  const signs = caPem === undefined ? ['', ''] : signsOf(caPem)
  const { stdout } = await host.query(['sh', '-c', script, 'sh', dataDir, prefix, ...signs])
  const answer = stdout.trim()
  return answer === 'none' || answer === 'same' || answer === 'other' ? answer : undefined
}

/**
 * Returns text that only this certificate contains: the last whole line of its signature, as in a ConfigMap and as in a
 * kubeconfig.
 */
function signsOf(caPem: string): readonly [string, string] {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(caPem)?.[0] ?? caPem
  const line = certificate.trim().split(/\s*\n/).at(-3) ?? ''
  // The offset of base64 inside another text is unknown, but the PEM as a whole begins at its start.
  return [line, Buffer.from(caPem.trim()).toString('base64').slice(60, -8)]
}
