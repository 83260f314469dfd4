import type { Cluster } from '../cluster/cluster.ts'
import type { StaticPodComponent } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { EnvVar, HostPathMount } from '../cluster/spec.ts'
import { patched } from './patches/patched.ts'
import { type ProbeTarget, renderProbes } from './static-pod/probes.ts'
import { renderVolumeMount, renderVolumes } from './static-pod/volumes.ts'

/** What distinguishes one control plane component from the others. */
export interface StaticPodSpec {
  readonly name: StaticPodComponent
  /** Flags without the name of the binary. */
  readonly args: readonly string[]
  readonly image: string
  readonly requests: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly probes: ProbeTarget
  readonly startupTimeoutMs: number
  readonly env: readonly EnvVar[]
  readonly mounts: readonly HostPathMount[]
  /** True to keep the mounts in the given order instead of sorting them, as for etcd. */
  readonly mountsUnsorted?: boolean
}

/** Renders a patched static pod, as kubeadm writes it to the manifests directory with `toYaml`. */
export function renderStaticPod(cluster: Pick<Cluster, 'patches'>, spec: StaticPodSpec): KubeObject {
  return patched(cluster, spec.name, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...given({ annotations: spec.annotations }),
      labels: { component: spec.name, tier: 'control-plane' },
      name: spec.name,
      namespace: 'kube-system',
    },
    spec: {
      containers: [renderContainer(spec)],
      hostNetwork: true,
      priority: 2_000_001_000,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      volumes: renderVolumes(spec.mounts).volumes,
    },
    status: {},
  })
}

function renderContainer(spec: StaticPodSpec): JsonObject {
  const env = renderEnv(spec.env)
  return {
    command: [spec.name, ...spec.args],
    env: env.length === 0 ? undefined : env,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    name: spec.name,
    ports: [{ containerPort: spec.probes.port, name: 'probe-port', protocol: 'TCP' }],
    resources: { requests: spec.requests },
    ...renderProbes(spec.probes, spec.startupTimeoutMs),
    volumeMounts: spec.mountsUnsorted ? spec.mounts.map(renderVolumeMount) : renderVolumes(spec.mounts).volumeMounts,
  }
}

/** Sorted by name. The later of two with the same name applies, and empty values are left out. */
function renderEnv(env: readonly EnvVar[]): readonly JsonObject[] {
  const byName = new Map(env.map(variable => [variable.name, variable]))
  return [...byName.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value, valueFrom }) => ({
      name,
      value: value === '' ? undefined : value,
      valueFrom,
    }))
}
