import { localEndpoint } from '../../cluster/endpoints.ts'
import { kubeconfigFiles } from '../../cluster/node-files.ts'
import { kubeletPorts } from '../../cluster/components.ts'
import { type CaGoal, type RotateRequest, trustOf } from '../../cluster/rotation.ts'
import type { TlsServer } from '../../cluster/state.ts'
import { KadmError } from '../../errors/kadm-error.ts'
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

/** Presents a new certificate of the CA that is not trusted any more. */
async function proveRefused(ctx: Context, goal: CaGoal): Promise<void> {
  const issuer = issuerOf(goal.other)
  if (issuer === undefined) return
  const key = await generateKey('ECDSA-P256')
  const subject = { commonName: 'kadm:rotation', organizations: [] }
  const { startedAt } = ctx.session
  const made = issueClient({ subject, key, issuer, startedAt, validityMs: 600_000 })
  const client = { clientCertPem: made.pem, clientKeyPem: privateKeyPem(key) }
  const kubelet = `https://127.0.0.1:${kubeletPorts.api}`
  await until(ctx, `servers of ${ctx.node.name} to refuse the other CA`, async () => [
    ...(ctx.node.role === 'worker'
      ? []
      : await accepted(ctx, localEndpoint(ctx.node), '/api', { caPem: trustOf(goal), ...client })),
    ...(await accepted(ctx, kubelet, '/healthz', client)),
  ])
}

async function accepted(
  ctx: Context,
  server: string,
  path: string,
  access: Parameters<Context['probe']>[2],
): Promise<readonly string[]> {
  const { status } = await ctx.probe(server, path, access)
  if (status === 0) throw new KadmError('API_UNREACHABLE', `${server} does not answer`)
  return status === 401 ? [] : [`${server} answers ${status} to a certificate of the other CA`]
}
