import type { StaticPodComponent } from '../cluster/components.ts'
import { paths } from '../cluster/paths.ts'
import type { UpgradeRequest } from '../cluster/request.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { claimPlace } from '../host/claim/claimant.ts'
import { staticPodName } from '../observe/start/kubelet-journal.ts'
import { putBackScript, swapDir } from '../ops/left-swap.ts'
import { closedApiServer } from './closed-api-server.ts'
import type { ControlPlaneContext } from './phase.ts'

type Ctx = ControlPlaneContext<UpgradeRequest>

/** The kubelet gives a static pod 30 s to end. */
const endsWithinMs = 45_000

/**
 * Puts missing manifests back if the run ends before it removes the directory `$1`: it then no longer holds the lock
 * `$3`. `$2` is the directory of the manifests. After `$4` seconds it no longer waits: the host of the operator may have
 * lost its power, and its connection stays open.
 */
const watchScript = `
exec > /dev/null 2>&1 < /dev/null
tries=0
while [ -d "$1" ] && [ $tries -lt "$4" ] && ! flock -n "$3" true; do
  sleep 1
  tries=$((tries + 1))
done
[ -d "$1" ] || exit 0
${putBackScript}`

/** A static pod, and its manifest as it was. */
export interface TakenPod {
  readonly component: StaticPodComponent
  readonly before: string
}

/**
 * Removes manifests and waits until the kubelet has stopped their pods. A changed manifest in place would start its pod
 * only ten to fifteen seconds after the earlier one has ended. If kadm is killed meanwhile, a process on the host puts
 * the earlier manifests back; so it does after `withinMs`, which must be longer than what is done meanwhile.
 */
export async function takeOut(ctx: Ctx, pods: readonly TakenPod[], withinMs = 600_000): Promise<void> {
  const { host, report } = ctx
  for (const { component, before } of pods) {
    await host.writeFile({ path: `${swapDir}/${component}.yaml`, content: before, mode: 0o600 })
  }
  const words = [swapDir, paths.manifestsDir, claimPlace.lock, String(Math.ceil(withinMs / 1000))]
  await host.exec(['setsid', '-f', 'sh', '-c', watchScript, 'sh', ...words])
  for (const { component } of pods) {
    const dirs = await podDirs(ctx, component)
    const hasten = component === 'kube-apiserver' ? await closedApiServer(ctx) : async () => undefined
    await hasten()
    await host.remove(paths.manifest(component))
    const stopped = async () => {
      await hasten()
      const stats = await Promise.all(dirs.map(path => host.stat(path)))
      return stats.every(stat => stat === undefined) ? (true as const) : undefined
    }
    try {
      const timing = { timeoutMs: endsWithinMs, intervalMs: 100, assume: true as const }
      await ctx.until(`the kubelet to stop ${component}`, stopped, timing)
    } catch (error) {
      if (!isKadmError(error, 'TIMEOUT')) throw error
      report({ kind: 'warning', text: `${error.message}; going on without waiting` })
    }
  }
}

/** Writes a manifest where the kubelet finds it. */
export async function putIn({ host }: Ctx, component: StaticPodComponent, content: string): Promise<void> {
  await host.writeFile({ path: paths.manifest(component), content, mode: 0o600 })
}

/** All manifests are in place again. */
export async function endSwap({ host }: Ctx): Promise<void> {
  await host.remove(swapDir)
}

/** Returns the directories that the kubelet keeps for the pods of a component until they have ended. */
async function podDirs({ cri, node }: Ctx, component: StaticPodComponent): Promise<readonly string[]> {
  const pods = await (await cri()).pods()
  const own = pods.filter(({ name, namespace }) => {
    return namespace === 'kube-system' && name === staticPodName(component, node.name)
  })
  return own.flatMap(({ uid }) => (uid === undefined ? [] : [`${paths.kubeletDir}/pods/${uid}`]))
}
