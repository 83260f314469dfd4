import { isAnswer } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'
import { isContainerd, silentRuntime } from './cri-plugin.ts'

type Driver = 'systemd' | 'cgroupfs'

/**
 * The kubelet and the runtime must use the same cgroup driver. A kubelet follows a runtime that reports its driver;
 * older runtimes do not.
 */
export const cgroupDriver: Check = {
  name: 'CgroupDriver',
  run: async ({ ctx, facts }) => {
    const reported = await askDriver(ctx)
    const configured = ctx.cluster.kubelet.tree.cgroupDriver
    if (reported === 'unreachable') return [skipped(silentRuntime)]
    if (typeof configured !== 'string') return []
    // Without a readable file, the settings of containerd are unknown.
    const toml = isContainerd(ctx.node.criSocket) ? facts.containerd?.text : undefined
    return judgeDriver(configured, reported, toml === undefined ? undefined : driverIn(toml))
  },
}

export function judgeDriver(
  configured: string,
  reported: Driver | undefined,
  inferred: Driver | undefined,
): readonly Finding[] {
  const runtime = reported ?? inferred
  if (runtime === undefined || runtime === configured) return []
  const message = `the kubelet is configured for the cgroup driver "${configured}", the container runtime uses "${runtime}"`
  const remedy = `set cgroupDriver: ${runtime} in the KubeletConfiguration, or ${configured} in the container runtime (containerd: SystemdCgroup = ${configured === 'systemd'})`
  if (reported !== undefined) return [warning(`${message}: the kubelet will follow the runtime`, remedy)]
  return [failure(`${message}, and the kubelet cannot detect it: pods will fail`, remedy)]
}

/** Returns the driver that containerd's configuration results in; undefined if it includes other files. */
export function driverIn(toml: string): Driver | undefined {
  const uncommented = toml.replace(/^\s*#.*$/gm, '')
  if (/^\s*imports\s*=\s*\[[^\]]*["'][^\]]*\]/m.test(uncommented)) return undefined
  return /^\s*SystemdCgroup\s*=\s*true\b/m.test(uncommented) ? 'systemd' : 'cgroupfs'
}

async function askDriver(ctx: PhaseContext): Promise<Driver | undefined | 'unreachable'> {
  try {
    const runtime = await ctx.cri()
    const [driver] = await Promise.all([runtime.cgroupDriver(), runtime.version()])
    return driver
  } catch (error) {
    if (!isAnswer(error)) throw error
    return 'unreachable'
  }
}
