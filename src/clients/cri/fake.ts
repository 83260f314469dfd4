import { KadmError } from '../../errors/kadm-error.ts'
import type { Cri, CriContainer, CriPod } from './cri.ts'

export interface FakeCriOptions {
  readonly socket?: string
  readonly images?: readonly string[]
  /** Images in the registry; all if absent. */
  readonly registry?: readonly string[]
  readonly containers?: readonly CriContainer[]
  readonly pods?: readonly CriPod[]
  readonly cgroupDriver?: 'systemd' | 'cgroupfs'
  readonly sandboxImage?: string
  /** Thrown by every call, as if the runtime is down. */
  readonly error?: Error
}

export interface FakeCri extends Cri {
  /** Images that were pulled, in order. */
  readonly pulled: readonly string[]
  /** IDs of containers that were stopped, in order. */
  readonly stopped: readonly string[]
  /** Names of components that were restarted, in order. */
  readonly restarts: readonly string[]
}

/** A container runtime in memory, for tests. */
export function fakeCri(options: FakeCriOptions = {}): FakeCri {
  const images = new Set(options.images)
  const pulled: string[] = []
  const stopped: string[] = []
  const restarts: string[] = []
  let { pods = [], containers = [] } = options
  async function asked<T>(answer: () => T): Promise<T> {
    if (options.error !== undefined) throw options.error
    return answer()
  }
  return {
    socket: options.socket ?? 'unix:///var/run/containerd/containerd.sock',
    pulled,
    stopped,
    restarts,
    version: () => asked(() => ({ runtime: 'containerd', version: 'v2.4.2' })),
    status: () =>
      asked(() => ['RuntimeReady', 'NetworkReady'].map(type => ({ type, status: true, reason: '', message: '' }))),
    cgroupDriver: () => asked(() => options.cgroupDriver),
    sandboxImage: () => asked(() => options.sandboxImage),
    hasImage: image => asked(() => images.has(image)),
    pullImage: image =>
      asked(() => {
        if (options.registry?.includes(image) === false) throw notFound(image)
        images.add(image)
        pulled.push(image)
      }),
    containers: (labels = {}) => asked(() => containers.filter(one => carries(one, labels))),
    stopContainer: id => asked(() => void stopped.push(id)),
    restartContainer: gone =>
      asked(() => {
        restarts.push(gone.name)
        containers = [again(gone), ...containers.filter(({ id }) => id !== gone.id)]
      }),
    pods: () => asked(() => pods),
    removePod: gone =>
      asked(() => {
        pods = pods.filter(({ id }) => id !== gone.id)
      }),
    close: () => undefined,
  }
}

function notFound(image: string): KadmError {
  return new KadmError('CRI_FAILED', `cannot pull image ${image}: not found`)
}

/** The container that a kubelet starts in place of a restarted one. */
function again(container: CriContainer): CriContainer {
  return { ...container, id: `${container.id}+`, attempt: container.attempt + 1, createdAt: new Date() }
}

function carries(container: CriContainer, labels: Readonly<Record<string, string>>): boolean {
  const own: Readonly<Record<string, string>> = {
    'io.kubernetes.container.name': container.name,
    'io.kubernetes.pod.name': container.pod,
    'io.kubernetes.pod.namespace': container.namespace,
  }
  return Object.entries(labels).every(([name, value]) => own[name] === value)
}
