import { posix } from 'node:path'
import { nodeRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { paths } from '../../cluster/paths.ts'
import type { RotateRequest } from '../../cluster/rotation.ts'
import { secret } from '../../cluster/secret.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { readKubeconfig } from '../../observe/pki/admin-conf.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { reissued } from '../../ops/reissue.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { ensureFresh } from '../../ops/service.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { isSignedBy } from '../../pki/rotation.ts'
import type { NodePhase, PhaseContext } from '../phase.ts'
import { clusterGoal, unless } from './goal.ts'

/** A kubelet renews its Lease more often than this. */
const leaseSeconds = 40

const kubeletConf = `${paths.kubernetesDir}/kubelet.conf`

/**
 * The kubelet reads its kubeconfig only when it starts. It trusts another client CA without a restart. Its pods keep
 * running.
 */
export const rotateKubelet: NodePhase<RotateRequest> = {
  id: 'rotate-ca/kubelet',
  title: 'Reissue the certificates of the kubelet',
  about: 'Replaces the certificates of the kubelet that another CA signed, and restarts it if its files changed.',
  kubeadm: 'none',
  skip: unless('ca'),
  async run(ctx) {
    const { clientCertFile } = await readKubeconfig(ctx.host, kubeletConf)
    const client = clientCertFile ?? `${paths.kubeletPkiDir}/kubelet-client-current.pem`
    const server = posix.join(posix.dirname(client), 'kubelet-server-current.pem')
    await reissuePem(ctx, 'kubelet.conf', client)
    await reissuePem(ctx, 'kubelet-server', server)
    const { stdout: now } = await ctx.host.query(['date', '+%s.%N'])
    const files = [kubeletConf, await realFile(ctx, client), await realFile(ctx, server)]
    const restarted = await ensureFresh(ctx.host, 'kubelet', files)
    await waitForKubelet(ctx, watchOver(ctx, []))
    await waitForNode(ctx, Number(now) - (restarted ? 0 : leaseSeconds))
  },
}

async function realFile({ host }: PhaseContext, path: string): Promise<string> {
  return (await replacedFile(host, path, 0o600)).path
}

/** Replaces a certificate with its key in one file, as the kubelet writes it. One that another CA signs stays. */
async function reissuePem(ctx: PhaseContext<RotateRequest>, name: string, path: string): Promise<void> {
  const goal = clusterGoal(ctx.request)
  const text = await readText(ctx.host, path)
  if (goal === undefined || text === undefined) return
  const certificate = parseCertificate(text, path)
  if (!isSignedBy(certificate, goal.other)) return
  const made = await reissued(ctx, goal, name, certificate)
  if (made === undefined) return
  const file = await replacedFile(ctx.host, path, 0o600)
  await ctx.host.writeFile({ ...file, content: secret(`${made.pem}${made.key.reveal()}`) })
}

/**
 * Waits until the kubelet has reported to the cluster with its own credentials since a time by its own clock. A Node that
 * is not Ready for another reason does not stop a rotation.
 */
async function waitForNode(ctx: PhaseContext<RotateRequest>, since: number): Promise<void> {
  const { name } = ctx.node
  let found: KubeObject | undefined
  const probe = async () => {
    const kube = await ctx.kube('kubelet')
    const [node, lease] = await Promise.all([kube.get(nodeRef(name)), kube.get(leaseRef(name))])
    found = node
    return node !== undefined && renewedAt(lease) >= since ? true : undefined
  }
  await ctx.until(`the kubelet of ${name} to report to the cluster`, probe, {
    timeoutMs: ctx.request.timeouts.kubeletHealthCheck,
    field: 'kubeletHealthCheck',
    intervalMs: 500,
    states: async () => [found === undefined ? `the cluster has no Node ${name}` : `${name} has not renewed its Lease`],
    assume: true,
  })
}

function leaseRef(name: string) {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-node-lease', name }
}

function renewedAt(lease: KubeObject | undefined): number {
  const { renewTime } = (lease?.spec ?? {}) as { readonly renewTime?: string }
  return renewTime === undefined ? 0 : Date.parse(renewTime) / 1000
}
