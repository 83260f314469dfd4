import { posix } from 'node:path'
import type { Cluster, Node } from '../cluster/cluster.ts'
import { components } from '../cluster/components.ts'
import { kubeImage } from '../cluster/images.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { paths } from '../cluster/paths.ts'
import { lastArg, renderArgs } from './static-pod/command.ts'
import { probeHost } from './static-pod/probes.ts'
import { hostPath } from './static-pod/volumes.ts'
import { renderStaticPod } from './static-pod.ts'

const kubeconfig = posix.join(paths.kubernetesDir, 'scheduler.conf')

const usual = components['kube-scheduler']

const defaultArgs = {
  'authentication-kubeconfig': kubeconfig,
  'authorization-kubeconfig': kubeconfig,
  'bind-address': '127.0.0.1',
  kubeconfig,
  'leader-elect': 'true',
} as const

/** Renders the kube-scheduler of one control plane node. */
export function renderKubeScheduler(cluster: Cluster, node: Node): KubeObject {
  const { config } = cluster
  const { extraArgs, extraEnvs = [], extraVolumes = [] } = config.scheduler
  return renderStaticPod(cluster, {
    name: 'kube-scheduler',
    args: renderArgs(defaultArgs, extraArgs),
    image: kubeImage(config, 'kube-scheduler'),
    requests: { cpu: '100m' },
    probes: {
      ...probeHost(lastArg(extraArgs, 'bind-address') ?? '127.0.0.1'),
      scheme: 'HTTPS',
      port: usual.ports[0],
      liveness: usual.health,
      readiness: '/readyz',
      startup: usual.health,
    },
    startupTimeoutMs: cluster.startupTimeoutMs,
    env: [...node.facts.proxyEnv, ...extraEnvs],
    mounts: [hostPath('kubeconfig', kubeconfig, 'FileOrCreate'), ...extraVolumes],
  })
}
