import type { Etcd } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'

/**
 * Whose objects an etcd holds: none of Kubernetes, those of the cluster of this CA, of another CA's, or of one that its
 * objects do not show.
 */
export type EtcdOwner = 'none' | 'same' | 'other' | 'unknown'

/** ConfigMaps in which every cluster keeps its CA; the last one holds it in a kubeconfig. */
const withCa = [
  'kube-system/extension-apiserver-authentication',
  'kube-system/kube-root-ca.crt',
  'kube-public/cluster-info',
]

/** Asks etcd. `caPem` is absent where a new CA is to be made. */
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

/** Looks into the files of an etcd that does not run; undefined where they could not be looked at. */
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

/** What of a certificate is in no other: the last whole line of its signature, as a ConfigMap and as a kubeconfig hold it. */
function signsOf(caPem: string): readonly [string, string] {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(caPem)?.[0] ?? caPem
  const line = certificate.trim().split(/\s*\n/).at(-3) ?? ''
  // Where base64 begins in the middle of a text is not known; the PEM as a whole begins at its start.
  return [line, Buffer.from(caPem.trim()).toString('base64').slice(60, -8)]
}
