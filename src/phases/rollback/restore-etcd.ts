import { posix } from 'node:path'
import { paths } from '../../cluster/paths.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { recordFiles, recordPath, upgradesDir } from '../../cluster/upgrade-record.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { parseStaticPod } from '../../observe/machine/static-pod.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { etcdPeerUrl } from '../../render/etcd.ts'
import { etcdRestorePodName, renderEtcdRestore } from '../../render/etcd-restore.ts'
import { toYaml } from '../../yaml/write.ts'
import type { ControlPlaneContext } from '../phase.ts'

type Ctx = ControlPlaneContext<RollbackRequest>

/** How long the restore may take, in milliseconds. A large snapshot takes minutes. */
export const restoreMs = 15 * 60_000

/**
 * Both are on one file system. One command moves both, also if kadm is killed meanwhile: an etcd without data would
 * start empty. A crash of the host in between leaves etcd stopped, and the next run moves the second.
 */
const exchangeScript = `
trap '' HUP INT TERM PIPE
[ -e "$2" ] || mv -T -- "$1" "$2" && mv -T -- "$3" "$1"`

interface Places {
  readonly data: string
  /** The data that etcd had before; once they are there, the restored ones are complete. */
  readonly before: string
  /** The restored data before they are in use. */
  readonly made: string
}

/** True if an earlier run has restored the snapshot. */
export async function isRestored(ctx: Ctx, manifest: string): Promise<boolean> {
  const { data, before } = placesOf(ctx, manifest)
  return (await exists(ctx, before)) && (await exists(ctx, data))
}

/**
 * Restores the snapshot of the backup while etcd is stopped. etcdutl does it in a static pod with the image of etcd,
 * because nodes do not have that program. The earlier data stay in the same directory.
 */
export async function restoreEtcd(ctx: Ctx, manifest: string): Promise<void> {
  const { host, report } = ctx
  const { data, before, made } = placesOf(ctx, manifest)
  if (!(await exists(ctx, before))) {
    await host.remove(posix.dirname(made))
    await runEtcdutl(ctx, manifest, posix.dirname(made))
    await host.writeFile({ path: posix.dirname(before), dir: true, mode: 0o700 })
  }
  await host.exec(['sh', '-c', exchangeScript, 'sh', data, before, made])
  await host.remove(posix.dirname(made))
  report({ kind: 'result', key: 'etcdBefore', value: posix.dirname(before) })
}

function placesOf({ request, cluster }: Ctx, manifest: string): Places {
  const flags = parseStaticPod(manifest)?.flags
  const dir = flags?.get('data-dir') ?? cluster.config.etcd.local?.dataDir ?? ''
  const member = (name: string) => posix.join(dir, name, 'member')
  return { data: member('.'), before: member(`before-restore-${request.run}`), made: member('restored') }
}

async function exists({ host }: Ctx, path: string): Promise<boolean> {
  return (await host.stat(path)) !== undefined
}

async function runEtcdutl(ctx: Ctx, manifest: string, target: string): Promise<void> {
  const { host, node, request, session } = ctx
  const path = `${paths.manifestsDir}/${etcdRestorePodName}.yaml`
  const pod = renderEtcdRestore({
    run: session.run,
    image: imageOf(manifest),
    snapshot: recordPath(request.run, 'snapshot'),
    target,
    name: parseStaticPod(manifest)?.flags.get('name') ?? node.name,
    peerUrl: parseStaticPod(manifest)?.flags.get('initial-advertise-peer-urls') ?? etcdPeerUrl(node.advertiseAddress),
  })
  await host.writeFile({ path, content: toYaml(pod), mode: 0o600 })
  const restored = () => hasEnded(ctx, `${pod.metadata.name}-${node.name}`)
  try {
    await ctx.until('the snapshot of etcd to be restored', restored, {
      timeoutMs: restoreMs,
      intervalMs: 200,
      assume: true,
    })
  } finally {
    await host.remove(path)
  }
}

/** True when etcdutl has restored the snapshot. Throws COMPONENT_FAILED with what it printed if it has failed. */
async function hasEnded({ cri, host, request }: Ctx, pod: string): Promise<true | undefined> {
  const [container] = await (await cri()).containers({ 'io.kubernetes.pod.name': pod })
  if (container?.state !== 'exited') return undefined
  if (container.exitCode === 0) return true
  const log = (await readText(host, container.logPath))?.trim().split('\n').slice(-5).join('\n')
  const message = `etcdutl cannot restore ${upgradesDir}/${request.run}/${recordFiles.snapshot}`
  throw new KadmError('COMPONENT_FAILED', message, {
    output: log ?? '',
    hint: 'the data of etcd are as they were: run `kadm upgrade rollback` without --restore-etcd-snapshot',
  })
}

function imageOf(manifest: string): string {
  return /^ *image: *(\S+)$/m.exec(manifest)?.[1] ?? ''
}
