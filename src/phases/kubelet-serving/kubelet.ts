import { paths } from '../../cluster/paths.ts'
import type { ServingRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { waitForReady } from '../../ops/node-ready.ts'
import { ensureFresh } from '../../ops/service.ts'
import { setServerTlsBootstrap } from '../../render/server-tls-bootstrap.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Pods keep running while their kubelet restarts. */
export const servingKubelet: Phase<ServingRequest> = {
  id: 'kubelet-serving/kubelet',
  title: 'Set serverTLSBootstrap and restart the kubelet',
  about:
    "Sets serverTLSBootstrap in the kubelet's configuration, restarts the kubelet, and waits until it is healthy and its Node is ready.",
  kubeadm: 'none',
  needs: ['criSocket', 'name'],
  async run(ctx) {
    const { host, node, request } = ctx
    await changeConfig(ctx)
    const watch = watchOver(ctx, [])
    await ensureFresh(host, 'kubelet', [paths.kubeletConfig])
    await waitForKubelet(ctx, watch)
    const asSource = { ...ctx, kube: () => ctx.kube('source') }
    await waitForReady(asSource, node.name, { timeoutMs: request.timeouts.kubeletHealthCheck, watch })
  },
}

async function changeConfig({ host, request }: PhaseContext<ServingRequest>): Promise<void> {
  const path = paths.kubeletConfig
  const [text, stat] = await Promise.all([readText(host, path), host.stat(path)])
  const content = text === undefined ? undefined : setServerTlsBootstrap(text, request.serverTlsBootstrap)
  if (content === undefined) {
    throw new KadmError('HOST_FILE', `${path} on ${host.name} holds no KubeletConfiguration`, {
      hint: 'restore it from a backup, or run `kubeadm upgrade node phase kubelet-config` on the host',
    })
  }
  if (content !== text) await ensureFile(host, { path, content, mode: stat?.mode ?? 0o644 })
}
