import { component } from '../lab/components.ts'
import type { Bind, LabNode } from '../lab/lab.ts'
import { verifyVersion } from '../lab/versions.ts'

/** Go's verifier on a node. */
export async function verifierBind(): Promise<Bind> {
  return { from: await component('verify', verifyVersion), to: '/opt/verify' }
}

type Use = 'server' | 'client'

/** A certificate of a control plane: paths without `.crt` of itself and of the CA that must have signed it. */
interface Leaf {
  readonly ca: string
  readonly base: string
  readonly uses: readonly Use[]
  /** Names that clients connect to. */
  readonly names: readonly string[]
}

const pki = '/etc/kubernetes/pki'
const etcdNames = ['localhost', '127.0.0.1', '::1']
const pairs: readonly Leaf[] = [
  leaf('ca', 'apiserver', ['server'], ['kubernetes.default.svc', '10.96.0.1']),
  leaf('ca', 'apiserver-kubelet-client', ['client']),
  leaf('front-proxy-ca', 'front-proxy-client', ['client']),
  leaf('etcd/ca', 'apiserver-etcd-client', ['client']),
  leaf('etcd/ca', 'etcd/server', ['server', 'client'], etcdNames),
  leaf('etcd/ca', 'etcd/peer', ['server', 'client'], etcdNames),
  leaf('etcd/ca', 'etcd/healthcheck-client', ['client']),
]
/** The pairs that kubeconfigs hold are written here. */
const opened = '/root/opened'
const kubeconfigs = ['admin', 'super-admin', 'controller-manager', 'scheduler']
const users = kubeconfigs.map((name): Leaf => ({ ...leaf('ca', '', ['client']), base: `${opened}/${name}` }))

function leaf(ca: string, base: string, uses: readonly Use[], names: readonly string[] = []): Leaf {
  return { ca: `${pki}/${ca}`, base: `${pki}/${base}`, uses, names }
}

/**
 * Verifies every certificate of a control plane for each of its uses, with openssl and with Go. `names` are more names of
 * its API server. Throws with what they print. Returns the serial numbers.
 */
export async function verifyAll(node: LabNode, names: readonly string[] = []): Promise<readonly string[]> {
  await node.run(`set -e; mkdir -p ${opened}; cd /etc/kubernetes; for name in ${kubeconfigs.join(' ')}; do
sed -n 's/.*client-certificate-data: //p' $name.conf | base64 -d >${opened}/$name.crt
sed -n 's/.*client-key-data: //p' $name.conf | base64 -d >${opened}/$name.key
done`)
  const all = [...pairs, ...users]
  const asked = all.flatMap(one => one.uses.map(use => ({ ...one, use })))
  const openssl = asked.map(
    ({ ca, base, use }) => `openssl verify -x509_strict -purpose ssl${use} -CAfile ${ca}.crt ${base}.crt >/dev/null`,
  )
  await node.run(['sh', '-e'], { stdin: openssl.join('\n') })
  const go = asked.map(({ ca, base, use, names: own }) => {
    const known = use === 'client' ? [] : base.endsWith('/apiserver') ? [...own, ...names] : own
    return [`${ca}.crt`, `${base}.crt`, `${base}.key`, use, ...known].join(' ')
  })
  await node.run(['/opt/verify/verify'], { stdin: `${go.join('\n')}\n` })
  const serials = all.map(({ base }) => `openssl x509 -noout -serial -in ${base}.crt`)
  const { stdout } = await node.run(['sh', '-e'], { stdin: serials.join('\n') })
  return stdout.trim().split('\n')
}
