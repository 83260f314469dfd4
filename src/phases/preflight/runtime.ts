import type { Cri } from '../../clients/cri/cri.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { type Check, type Finding, failure, warning } from './check.ts'

/**
 * Checks that the runtime answers and reports ready. Before a CNI plugin is installed, a network that is not ready is
 * normal.
 */
export const cri: Check = { name: 'CRI', run: ({ ctx }) => withRuntime(ctx.cri, ctx.node.criSocket, judgeReady) }

/** Checks that the runtime reports its cgroup driver, which the kubelet of 1.38 relies on. */
export const runtimeVersion: Check = {
  name: 'ContainerRuntimeVersion',
  run: ({ ctx }) => withRuntime(ctx.cri, ctx.node.criSocket, judgeRuntimeConfig),
}

async function withRuntime(
  connect: () => Promise<Cri>,
  socket: string,
  judge: (runtime: Cri) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await judge(await connect())
  } catch (error) {
    if (!isAnswer(error)) throw error
    const remedy =
      error.hint ??
      `start the container runtime and see that it listens on ${socket}, or set nodeRegistration.criSocket`
    return [failure(`could not connect to the container runtime: ${error.message}`, remedy)]
  }
}

async function judgeReady(runtime: Cri): Promise<readonly Finding[]> {
  const conditions = await runtime.status()
  const bad = conditions.filter(condition => condition.type === 'RuntimeReady' && !condition.status)
  return bad.map(({ type, reason, message }) =>
    failure(
      `container runtime condition "${type}" is not true. reason: ${reason}, message: ${message}`,
      "read the container runtime's log (`journalctl -u containerd`), fix the problem and restart it",
    ),
  )
}

async function judgeRuntimeConfig(runtime: Cri): Promise<readonly Finding[]> {
  // A server without CRI has no RuntimeConfig either: that is an error, not just a missing feature.
  const [driver] = await Promise.all([runtime.cgroupDriver(), runtime.version()])
  if (driver !== undefined) return []
  return [
    warning(
      'You must update your container runtime to a version that supports the CRI method RuntimeConfig. ' +
        'Falling back to using cgroupDriver from kubelet config will be removed in 1.38. ' +
        'For more information, see https://git.k8s.io/enhancements/keps/sig-node/4033-group-driver-detection-over-cri',
    ),
  ]
}
