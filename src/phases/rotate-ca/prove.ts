import type { TlsAccess } from '../../clients/https/tls-access.ts'
import { localEndpoint } from '../../cluster/endpoints.ts'
import { given } from '../../cluster/given.ts'
import { kubeconfigFiles, pairOf } from '../../cluster/node-files.ts'
import { kubeletPorts } from '../../cluster/components.ts'
import { type CaGoal, type RotateRequest, trustOf } from '../../cluster/rotation.ts'
import { secret } from '../../cluster/secret.ts'
import type { TlsServer } from '../../cluster/state.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { etcdServerOf } from '../../observe/cluster/served-certificates.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { readAccess } from '../../observe/pki/access.ts'
import { readKubeconfig } from '../../observe/pki/admin-conf.ts'
import { servedByOthers } from '../../observe/cluster/served-by.ts'
import { generateKey, privateKeyPem } from '../../pki/keys.ts'
import { issueClient } from '../../pki/issue-from-table.ts'
import { issuerOf } from '../../pki/rotation.ts'
import type { NodePhase, PhaseContext } from '../phase.ts'
import { clusterGoal } from './goal.ts'

type Context = PhaseContext<RotateRequest>

/** How long a proof may take, in milliseconds: servers read their files again after a while. */
const proofMs = 90_000

const serversOfCa: Readonly<Record<CaGoal['ca'], readonly TlsServer[]>> = {
  ca: ['kube-apiserver'],
  'etcd-ca': ['etcd', 'etcd-peer'],
  'front-proxy-ca': [],
}

/** Verifies that the servers of a node present certificates of the CA that signs, and that its clients work. */
export const proveRotation: NodePhase<RotateRequest> = {
  id: 'rotate-ca/prove',
  title: 'Verify servers and clients',
  about: 'Verifies what servers present, every kubeconfig of the node, and, at the end, that the other CA is refused.',
  kubeadm: 'none',
  async run(ctx) {
    if (ctx.node.role === 'control-plane') {
      for (const goal of ctx.request.goals) await proveServers(ctx, goal)
    }
    const etcdGoal = ctx.request.goals.find(({ ca }) => ca === 'etcd-ca')
    if (etcdGoal !== undefined && !etcdGoal.both && ctx.node.role === 'control-plane') {
      await proveRefusedByEtcd(ctx, etcdGoal)
    }
    const goal = clusterGoal(ctx.request)
    if (goal === undefined) return
    await proveKubeconfigs(ctx)
    if (ctx.node.role === 'control-plane') await proveKubelets(ctx)
    if (!goal.both) await proveRefused(ctx, goal)
  },
}

async function until(ctx: Context, what: string, failing: () => Promise<readonly string[]>): Promise<void> {
  let left: readonly string[] = []
  const probe = async () => {
    left = await failing()
    return left.length === 0 ? true : undefined
  }
  await ctx.until(what, probe, { timeoutMs: proofMs, intervalMs: 500, states: async () => left, assume: true })
}

async function proveServers(ctx: Context, { ca, signer }: CaGoal): Promise<void> {
  const what = `servers of ${ctx.node.name} to present certificates of the CA that signs`
  await until(ctx, what, () => servedByOthers(ctx.host, serversOfCa[ca], signer.certificate))
}

/** A client without a right to read anything else may still read `/api`, and a client that is refused gets 401. */
async function proveKubeconfigs(ctx: Context): Promise<void> {
  const exists = await Promise.all(kubeconfigFiles.map(async path => (await ctx.host.stat(path)) !== undefined))
  const paths = kubeconfigFiles.filter((path, i) => exists[i] && !path.includes('bootstrap'))
  await until(ctx, `the kubeconfigs of ${ctx.node.name} to work`, async () => {
    const lines = paths.map(async path => {
      const {
        server,
        token: _,
        origin: __,
        ...access
      } = await readAccess(ctx.host, await readKubeconfig(ctx.host, path))
      const { status } = await ctx.probe(server, '/api', access)
      return status === 200 ? [] : [`${server} answers ${status} to ${path}`]
    })
    return (await Promise.all(lines)).flat()
  })
}

/** The API server of this node presents its client certificate to every kubelet. */
async function proveKubelets(ctx: Context): Promise<void> {
  const kube = await ctx.kube('admin')
  await until(ctx, `the API server of ${ctx.node.name} to reach the kubelets`, async () => {
    const lines = ctx.request.nodeNames.map(async name => {
      const { status } = await kube.probe(`/api/v1/nodes/${name}/proxy/healthz`)
      return status === 200 ? [] : [`the kubelet of ${name} answers ${status}`]
    })
    return (await Promise.all(lines)).flat()
  })
}

/** Issues a client certificate of the CA that is not trusted any more; undefined if its key is destroyed already. */
async function foreignClient({ session }: Context, goal: CaGoal): Promise<TlsAccess | undefined> {
  const issuer = issuerOf(goal.other)
  if (issuer === undefined) return undefined
  const key = await generateKey('ECDSA-P256')
  const subject = { commonName: 'kadm:rotation', organizations: [] }
  const made = issueClient({ subject, key, issuer, startedAt: session.startedAt, validityMs: 600_000 })
  return { clientCertPem: made.pem, clientKeyPem: privateKeyPem(key) }
}

async function proveRefused(ctx: Context, goal: CaGoal): Promise<void> {
  const client = await foreignClient(ctx, goal)
  if (client === undefined) return
  const kubelet = `https://127.0.0.1:${kubeletPorts.api}`
  await until(ctx, `servers of ${ctx.node.name} to refuse the other CA`, async () => [
    ...(ctx.node.role === 'worker'
      ? []
      : await accepted(ctx, localEndpoint(ctx.node), '/api', { caPem: trustOf(goal), ...client })),
    ...(await accepted(ctx, kubelet, '/healthz', client)),
  ])
}

/** A server that does not know the CA of a certificate answers 401; one that knows it answers 403 or 200. */
async function accepted(ctx: Context, server: string, path: string, access: TlsAccess): Promise<readonly string[]> {
  const { status } = await ctx.probe(server, path, access)
  return status === 401 ? [] : [`${server} answers ${status} to a certificate of the other CA`]
}

/** etcd ends the connection of a client that it does not trust. */
async function proveRefusedByEtcd(ctx: Context, goal: CaGoal): Promise<void> {
  const client = await foreignClient(ctx, goal)
  if (client === undefined) return
  const { certificate, key } = pairOf(ctx.cluster.config.certificatesDir, 'etcd-healthcheck-client')
  const server = await etcdServerOf(ctx.host)
  const statusOf = (access: TlsAccess) => ctx.probe(server, '/health', { caPem: trustOf(goal), ...access })
  await until(ctx, `etcd of ${ctx.node.name} to refuse the other CA`, async () => {
    const [own, ownKey] = await Promise.all([readText(ctx.host, certificate), readText(ctx.host, key)])
    const trusted = { ...given({ clientCertPem: own }), ...(ownKey && { clientKeyPem: secret(ownKey) }) }
    const { status } = await statusOf(trusted)
    if (status !== 200) return [`${server} answers ${status} to ${certificate}`]
    const refused = await statusOf(client).then(({ status: other }) => other === 0, orRefused)
    return refused ? [] : [`${server} accepts a certificate of the other CA`]
  })
}

function orRefused(error: unknown): true {
  if (isKadmError(error, 'API_UNREACHABLE')) return true
  throw error
}
