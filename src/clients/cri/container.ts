import type { CriContainer } from './cri.ts'

/** ContainerStatus of the API; times are Unix times in nanoseconds. */
export interface StatusMessage {
  readonly id?: string
  readonly metadata?: { readonly name?: string; readonly attempt?: number }
  readonly state?: string
  readonly createdAt?: number
  readonly finishedAt?: number
  readonly exitCode?: number
  readonly reason?: string
  readonly message?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly logPath?: string
}

const states: Readonly<Record<string, CriContainer['state']>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
}

/** Fields that the API leaves out are zero: the state `created`, the exit code of a container that has ended. */
export function toContainer(status: StatusMessage): CriContainer {
  const { labels = {}, metadata = {}, finishedAt = 0, reason = '', message = '' } = status
  const state = states[status.state ?? 'CONTAINER_CREATED'] ?? 'unknown'
  return {
    id: status.id ?? '',
    name: labels['io.kubernetes.container.name'] ?? metadata.name ?? '',
    pod: labels['io.kubernetes.pod.name'] ?? '',
    namespace: labels['io.kubernetes.pod.namespace'] ?? '',
    state,
    createdAt: new Date((status.createdAt ?? 0) / 1e6),
    attempt: metadata.attempt ?? 0,
    logPath: status.logPath ?? '',
    ...(state === 'exited' ? { exitCode: status.exitCode ?? 0 } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
    ...(finishedAt === 0 ? {} : { finishedAt: new Date(finishedAt / 1e6) }),
  }
}
