import { nodeRef } from '../../clients/kube/kube.ts'
import type { Watch } from '../../cluster/until.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'
import { readKubeletCertificate } from './certificate.ts'

/** Waits until the Node of a worker exists. The kubelet's own log ends the wait if the cluster rejects it. */
export async function nodeOfWorker(ctx: PhaseContext, watch: Watch): Promise<void> {
  const { name } = ctx.node
  await ctx.until(
    `registration of the Node ${name} by its kubelet`,
    watch.over(() => hasNode(ctx)),
    {
      timeoutMs: ctx.request.timeouts.kubernetesAPICall,
      field: 'kubernetesAPICall',
      states: watch.states,
      intervalMs: 100,
      assume: true,
    },
  )
}

/** Uses the credentials of the kubelet, which may read its own Node. */
async function hasNode(ctx: PhaseContext): Promise<true | undefined> {
  const found = await readKubeletCertificate(ctx.host)
  // As in a dry run.
  if (found === undefined) return undefined
  if (found.certificate !== undefined) requireName(found.certificate.subject.commonName, ctx)
  const kube = await ctx.kube('kubelet')
  return (await kube.get(nodeRef(ctx.node.name))) === undefined ? undefined : true
}

const userOfNodes = 'system:node:'

function requireName(user: string, { node, host }: PhaseContext): void {
  if (user === `${userOfNodes}${node.name}` || !user.startsWith(userOfNodes)) return
  const name = user.slice(userOfNodes.length)
  throw new KadmError(
    'COMPONENT_FAILED',
    `the kubelet of ${host.name} has a certificate for the Node ${name}, and not for ${node.name}`,
    {
      hint: `look for --hostname-override in /etc/default/kubelet and in the files that \`systemctl cat kubelet\` shows; take it out, or join with --node-name ${name}, after \`kadm reset\` on this node`,
    },
  )
}
