import { isAnswer } from '../../errors/kadm-error.ts'
import type { Host } from '../../host/host.ts'
import { realPath } from '../../host/real-path.ts'
import { componentUrl } from '../../observe/machine/component-url.ts'
import { runningContainers } from '../../observe/machine/running-containers.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { readKubeletClient } from '../../observe/pki/kubelet-client.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { ensureFresh, ensureStopped } from '../../ops/service.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/**
 * The kubelet starts the static pods, so that it needs its certificate before etcd does. A kubelet with an expired
 * certificate ends at its start, and one that still runs does not read the new file.
 */
export const startKubelet: Phase = {
  id: 'certs-revive/kubelet',
  title: 'Restart the kubelet with its new certificate',
  about: 'Restarts the kubelet unless it started after its certificate was written, and waits until it is healthy.',
  kubeadm: 'none',
  needs: ['criSocket', 'name'],
  async run(ctx) {
    if (ctx.node.role === 'control-plane') await stopHangingApi(ctx)
    const restarted = await ensureFresh(ctx.host, 'kubelet', await credentialFiles(ctx.host))
    // Earlier starts of the kubelet failed with the expired certificate.
    const since = { ...ctx, session: { ...ctx.session, startedAt: new Date() } }
    await waitForKubelet(ctx, watchOver(since, []))
    if (restarted) ctx.report({ kind: 'result', key: 'restarted', value: 'kubelet' })
  },
}

async function credentialFiles(host: Host): Promise<readonly string[]> {
  const found = await readKubeletClient(host)
  if (found === undefined) return []
  return [found.path, ...(found.files === undefined ? [] : [await realPath(host, found.files.certificate)])]
}

/**
 * Stops an API server that does not answer, so that the kubelet starts another one. A starting kubelet waits minutes for
 * an API server that accepts connections and does not answer.
 */
async function stopHangingApi(ctx: PhaseContext): Promise<void> {
  const pod = await readStaticPod(ctx.host, 'kube-apiserver')
  if (pod === undefined || (await answers(ctx, componentUrl(pod, 'kube-apiserver')))) return
  // A running kubelet would start it again at once.
  await ensureStopped(ctx.host, 'kubelet')
  const cri = await ctx.cri()
  for (const container of await runningContainers(cri, 'kube-apiserver')) await cri.restartContainer(container)
}

async function answers({ probe }: PhaseContext, server: string): Promise<boolean> {
  try {
    const { status } = await probe(server, '/livez')
    // Without anonymous requests it answers 401.
    return status === 200 || status === 401
  } catch (error) {
    if (!isAnswer(error)) throw error
    return false
  }
}
