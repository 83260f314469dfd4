import { paths } from '../../cluster/paths.ts'
import type { RollbackRequest } from '../../cluster/request.ts'
import { backupPath, recordPath } from '../../cluster/upgrade-record.ts'
import { isAnswer, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { parseStaticPod } from '../../observe/machine/static-pod.ts'
import { readText } from '../../observe/machine/read-text.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'

/** The snapshot can be read, and it is that of the only member: nothing has changed yet. */
export const checkSnapshot: ControlPlanePhase<RollbackRequest> = {
  id: 'rollback/check-snapshot',
  title: 'Check the snapshot of etcd',
  about: 'Verifies the checksum of the snapshot of etcd, and that etcd has one member; with --restore-etcd-snapshot.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: ['advertiseAddress'],
  omit: ({ request }) => (request.restoreSnapshot ? undefined : 'the data of etcd stay'),
  async run(ctx) {
    const path = recordPath(ctx.request.run, 'snapshot')
    const [complete, members] = await Promise.all([isComplete(ctx.host, path), countMembers(ctx, path)])
    const manifest = await readText(ctx.host, backupPath(ctx.request.run, paths.manifest('etcd')))
    const log = parseStaticPod(manifest ?? '')?.flags.get('wal-dir')
    if (log !== undefined) throw walDir(log)
    if (!complete) throw damaged(path)
    if (members > 1) throw severalMembers(members)
  },
}

/** etcd ends a snapshot with the SHA-256 of what comes before. */
const checksumScript = `
size=$(stat -c %s "$1") && [ "$size" -gt 32 ] || exit 1
said=$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \\n')
found=$(head -c $((size - 32)) "$1" | sha256sum)
[ "$said" = "\${found%% *}" ]`

async function isComplete(host: HostReader, path: string): Promise<boolean> {
  return (await host.query(['sh', '-c', checksumScript, 'sh', path])).code === 0
}

/**
 * Asks etcd; one that does not answer may have more members than its manifest shows, so that the snapshot is searched.
 * It can still have those that were removed, but never misses one.
 */
async function countMembers({ host, etcd }: ControlPlaneContext, path: string): Promise<number> {
  try {
    return (await (await etcd()).members()).length
  } catch (error) {
    if (!isAnswer(error)) throw error
    const { stdout } = await host.query(['grep', '-aoE', '"peerURLs":\\["[^"]+"', path])
    return new Set(stdout.split('\n').filter(Boolean)).size
  }
}

function damaged(path: string): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `the snapshot ${path} is missing or damaged: its checksum differs`, {
    hint: 'leave out --restore-etcd-snapshot: the data of etcd then stay as they are',
  })
}

function severalMembers(count: number): KadmError {
  return new KadmError('PREFLIGHT_FAILED', `etcd has ${count} members: a snapshot is restored for a single one`, {
    hint: 'leave out --restore-etcd-snapshot; a member without data gets them from the others: `kadm reset` and `kadm join --control-plane` on its node',
  })
}

function walDir(dir: string): KadmError {
  return new KadmError(
    'PREFLIGHT_FAILED',
    `etcd keeps its log in ${dir} (--wal-dir): kadm does not restore a snapshot there`,
    {
      hint: 'leave out --restore-etcd-snapshot, or restore it by hand with `etcdutl snapshot restore --wal-dir`',
    },
  )
}
