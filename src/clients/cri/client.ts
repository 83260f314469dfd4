import { given } from '../../cluster/given.ts'
import { socketPath } from '../../cluster/go-url.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type StatusMessage, toContainer } from './container.ts'
import type { Cri } from './cri.ts'
import { type Grpc, GrpcError, grpc } from './grpc.ts'

export interface CriClientOptions {
  readonly host: Pick<HostReader, 'connect' | 'query'>
  /** `unix:///run/containerd/containerd.sock`, or only the path. */
  readonly socket: string
  /** For every call except the pull of an image. Default 10 s. */
  readonly timeoutMs?: number
}

/** Connects to the container runtime of the host over CRI v1. */
export function criClient({ host, socket, timeoutMs = 10_000 }: CriClientOptions): Cri {
  const path = socketPath(socket)
  const connection = grpc(() => host.connect({ socket: path }))
  const call = caller(connection, host, socket)
  const runtime = <T>(method: string, request: object = {}, limit = timeoutMs) =>
    call<T>('RuntimeService', method, request, limit)
  const image = <T>(method: string, request: object, limit?: number) => call<T>('ImageService', method, request, limit)

  async function container(id: string): Promise<StatusMessage | undefined> {
    const answer = runtime<{ status?: StatusMessage }>('ContainerStatus', { containerId: id })
    return (await unless('NotFound', answer))?.status
  }

  async function stopContainer(id: string, graceSeconds = usualGraceSeconds): Promise<void> {
    const stopped = runtime('StopContainer', { containerId: id, timeout: graceSeconds }, podTimeoutMs)
    await unless('NotFound', stopped)
  }

  return {
    socket,
    async version() {
      const { runtimeName, runtimeVersion } = await runtime<Version>('Version')
      return { runtime: runtimeName ?? '', version: runtimeVersion ?? '' }
    },
    async status() {
      const { status } = await runtime<{ status?: { conditions: readonly Condition[] } }>('Status')
      const empty = { status: false, type: '', reason: '', message: '' }
      return (status?.conditions ?? []).map(condition => ({ ...empty, ...condition }))
    },
    async sandboxImage() {
      const { info } = await runtime<{ info?: Readonly<Record<string, string>> }>('Status', { verbose: true })
      return sandboxIn(info?.config ?? '')
    },
    async cgroupDriver() {
      const config = await unless('Unimplemented', runtime<RuntimeConfig>('RuntimeConfig'))
      if (config?.linux === undefined) return undefined
      return config.linux.cgroupDriver === 'CGROUPFS' ? 'cgroupfs' : 'systemd'
    },
    async hasImage(name) {
      const { image: found } = await image<{ image?: object }>('ImageStatus', { image: { image: name } }, timeoutMs)
      return found !== undefined
    },
    async pullImage(name) {
      await image('PullImage', { image: { image: name } }).catch(error => {
        throw notPulled(error, name)
      })
    },
    async containers(labels = {}) {
      const filter = { labelSelector: labels }
      const { containers } = await runtime<{ containers: readonly { id: string }[] }>('ListContainers', { filter })
      const found = await Promise.all(containers.map(({ id }) => container(id)))
      const known = found.filter(status => status !== undefined).map(toContainer)
      return known.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    },
    stopContainer,
    async restartContainer({ id }) {
      await stopContainer(id)
      await unless('NotFound', runtime('RemoveContainer', { containerId: id }, podTimeoutMs))
    },
    async pods() {
      const { items } = await runtime<{ items: readonly PodMessage[] }>('ListPodSandbox')
      return items.map(({ id = '', metadata, createdAt = 0, labels = {} }) => {
        const uid = labels['io.kubernetes.pod.uid']
        return {
          id,
          name: metadata?.name ?? '',
          namespace: metadata?.namespace ?? '',
          createdAt: new Date(createdAt / 1e6),
          ofKubelet: uid !== undefined,
          ...given({ uid }),
        }
      })
    },
    async removePod({ id }) {
      await runtime('StopPodSandbox', { podSandboxId: id }, podTimeoutMs)
      await runtime('RemovePodSandbox', { podSandboxId: id }, podTimeoutMs)
    },
    close: connection.close,
  }
}

const usualGraceSeconds = 10

/** Includes the containers' grace period. */
const podTimeoutMs = 120_000

type PodMessage = {
  readonly id?: string
  readonly createdAt?: number
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly labels?: Readonly<Record<string, string>>
}
type Version = { readonly runtimeName?: string; readonly runtimeVersion?: string }
type Condition = {
  readonly type?: string
  readonly status?: boolean
  readonly reason?: string
  readonly message?: string
}
type RuntimeConfig = { readonly linux?: { readonly cgroupDriver?: string } }

/** Returns the sandbox image of the runtime's configuration: containerd and CRI-O both return it under `config`. */
function sandboxIn(config: string): string | undefined {
  try {
    const image = (JSON.parse(config) as { readonly sandboxImage?: unknown } | null)?.sandboxImage
    return typeof image === 'string' && image !== '' ? image : undefined
  } catch {
    return undefined
  }
}

function caller(connection: Grpc, host: CriClientOptions['host'], socket: string) {
  return async <T>(service: string, method: string, request: object, timeoutMs?: number): Promise<T> => {
    // Imported at the first call, so that a run without a runtime does not need it.
    const { decodeMessage, encodeMessage } = await import('./messages.ts')
    const message = encodeMessage(`${method}Request`, request)
    try {
      const answer = await connection.call(`/runtime.v1.${service}/${method}`, message, timeoutMs)
      return decodeMessage<T>(`${method}Response`, answer)
    } catch (error) {
      // Throws if the host is unreachable; only a reachable host has a runtime that does not answer.
      if (error instanceof GrpcError && silent.has(error.status)) await host.query(['true'])
      throw failed(error, socket, method)
    }
  }
}

const silent: ReadonlySet<string> = new Set(['DeadlineExceeded', 'Unavailable'])

function failed(error: unknown, socket: string, method: string): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT') return error
  if (error instanceof GrpcError) {
    const hint = hints[error.status]
    const message = `the container runtime at ${socket} failed ${method}: ${error.status}: ${error.message}`
    return new KadmError('CRI_FAILED', message, {
      cause: error,
      hint,
      reason: error.status === 'Unimplemented' ? 'unimplemented' : undefined,
    })
  }
  const message = `the container runtime at ${socket} does not answer`
  return new KadmError('CRI_FAILED', message, { hint: notRunning, cause: error })
}

function notPulled(error: unknown, image: string): unknown {
  if (!isKadmError(error) || !(error.cause instanceof GrpcError) || error.hint !== undefined) return error
  const hint =
    'check the name and the tag and that the host can reach the registry, or import it with `ctr -n k8s.io images import FILE`'
  return new KadmError('CRI_FAILED', `cannot pull image ${image}: ${error.cause.message}`, { hint, cause: error.cause })
}

const notRunning =
  'check that the container runtime is running (`systemctl status containerd`) and that criSocket is its socket'

const hints: Readonly<Record<string, string>> = {
  Unavailable: notRunning,
  DeadlineExceeded: notRunning,
  Unimplemented:
    'the runtime does not offer CRI v1: for containerd, take "cri" out of disabled_plugins in /etc/containerd/config.toml',
}

/** Returns the answer, or undefined if the call fails with this gRPC status. */
async function unless<T>(status: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isKadmError(error) && error.cause instanceof GrpcError && error.cause.status === status) return undefined
    throw error
  }
}
