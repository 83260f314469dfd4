import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { lines } from '../machine/questions.ts'

// etcd keeps these files open while it runs, whatever their path is in its container.
const script = `
[ -e "$1/member" ] || { echo end; exit; }
for p in /proc/[0-9]*; do
  for f in "$p"/fd/*; do
    for d in "$1"/member/snap/db "$1"/member/wal/*.wal; do
      [ "$f" -ef "$d" ] && { echo "\${p#/proc/}"; break 2; }
    done
  done
done 2>/dev/null
echo end`

/**
 * Returns the IDs of processes that use etcd data in a directory, of any name and owner. Throws COMMAND_FAILED if the
 * host did not list its processes.
 */
export async function readDataUsers(host: HostReader, dataDir: string): Promise<readonly number[]> {
  const { stdout } = await host.query(['sh', '-c', script, 'sh', dataDir])
  const found = lines(stdout)
  if (found.at(-1) === 'end') return found.slice(0, -1).map(Number)
  throw new KadmError('COMMAND_FAILED', `which processes of ${host.name} use ${dataDir} cannot be listed`, {
    hint: 'check that /proc is mounted and that commands run on the host, then try again',
  })
}
