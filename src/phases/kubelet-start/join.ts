import { nodeRef } from '../../clients/kube/kube.ts'
import { isReady } from '../../clients/kube/node.ts'
import type { Node } from '../../cluster/cluster.ts'
import { kubeletFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { Discovered } from '../../cluster/session.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { hasJoined } from '../../observe/left/earlier-run.ts'
import { withApi } from '../../ops/api.ts'
import { ensureDir, ensureFile } from '../../ops/ensure-file.ts'
import { ensureKubeletFiles, kubeletCertificate } from '../../ops/kubelet-files.ts'
import { ensureFresh } from '../../ops/service.ts'
import { renderKubeletKubeconfig } from '../../render/kubeconfig.ts'
import { discoveryFlags } from '../flag-groups.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Gives the kubelet its CA, configuration and bootstrap credentials, and starts it. */
export const joinKubeletStart: Phase = {
  id: 'kubelet-start',
  title: 'Configure and start the kubelet',
  about:
    "Refuses the name of a Node that is ready; writes the kubelet's CA, credentials and configuration, and starts the kubelet.",
  flags: ['cri-socket', ...discoveryFlags, 'node-name', 'patches'],
  needs: ['criSocket', 'name'],
  async run(ctx) {
    const { cluster, node, request, host, session } = ctx
    const { caCertPath } = request
    const { discovered } = session
    if (discovered === undefined) throw new KadmError('INTERNAL', 'no cluster was discovered before joining')
    const joined = await hasJoined(host, { ca: discovered.ca, caCertPath, node })
    if (!joined) await writeCredentials(ctx, discovered)
    const forgotten = joined && (await nodeIsGone(ctx))
    await ensureCa(host, caCertPath, discovered.ca)
    await ensureKubeletFiles(host, cluster, node)
    // A kubelet without a manifests directory checks for it less and less often, up to every 20 s.
    if (node.role === 'control-plane') await ensureDir(host, paths.manifestsDir, 0o700)
    const read = [...kubeletFiles, paths.bootstrapKubeconfig, caCertPath]
    const started = await ensureFresh(host, 'kubelet', read, bootstrapped(node, discovered))
    if (forgotten && !started) await registerAgain(ctx)
  },
}

/** A kubelet registers its Node only when it starts. After `kadm node remove` it would run without a Node. */
async function registerAgain({ host, node, report }: PhaseContext): Promise<void> {
  report({ kind: 'progress', text: `restarting the kubelet: the Node ${node.name} no longer exists` })
  await host.exec(['systemctl', 'restart', 'kubelet'])
}

/** If the cluster does not answer, for example because an earlier token has expired, there is nothing to do. */
async function nodeIsGone(ctx: PhaseContext): Promise<boolean> {
  try {
    const kube = await ctx.kube('bootstrap')
    return (await kube.get(nodeRef(ctx.node.name))) === undefined
  } catch (error) {
    if (isKadmError(error, 'API_REFUSED') || isKadmError(error, 'API_UNREACHABLE')) return false
    throw error
  }
}

/** The kubeconfig that the kubelet writes when it has its certificate. */
function bootstrapped(node: Node, { server, ca }: Discovered) {
  const certificate = kubeletCertificate(node)
  const content = renderKubeletKubeconfig({ server, caPem: ca, certificate })
  return [{ path: certificate }, { path: `${paths.kubernetesDir}/kubelet.conf`, content }]
}

async function writeCredentials(ctx: PhaseContext, discovered: Discovered): Promise<void> {
  await refuseReadyNode(ctx, ctx.node)
  const content = discovered.bootstrapKubeconfig
  await ensureFile(ctx.host, { path: paths.bootstrapKubeconfig, content, mode: 0o600 })
}

async function ensureCa(host: PhaseContext['host'], path: string, ca: string): Promise<void> {
  if ((await host.stat(path)) === undefined) await ensureFile(host, { path, content: ca, mode: 0o644 })
}

/** Two hosts with one name would compete for one Node. */
async function refuseReadyNode(ctx: PhaseContext, node: Node): Promise<void> {
  const asNode = { ...ctx, kube: () => ctx.kube('bootstrap') }
  const found = await withApi(asNode, `reading the Node ${node.name}`, kube => kube.get(nodeRef(node.name)))
  if (found === undefined || !isReady(found)) return
  throw new KadmError(
    'NODE_EXISTS',
    `a Node with name "${node.name}" and status "Ready" already exists in the cluster`,
    {
      hint: `remove the existing Node with \`kadm node remove ${node.name} --host …\`, or join under another name with --node-name`,
    },
  )
}
