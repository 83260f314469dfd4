/** Tenths of a second for a command to end before it is killed. */
const graceTenths = 20

/**
 * Kills the whole group: killing only a shell would leave its children running. Repeats TERM, because a shell that gets
 * it just before it starts a program waits for that program first, and only then cleans up.
 */
export async function killGroup(pid: number | undefined): Promise<void> {
  if (pid === undefined) return
  const { execa } = await import('execa')
  const script = `left=${graceTenths}
while kill -s TERM -- "$1"; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { kill -s KILL -- "$1"; exit; }
  sleep 0.1
done`
  const args = ['-c', script, 'sh', `-${pid}`]
  const killing = execa('/bin/sh', args, { reject: false, stdio: 'ignore', detached: true, cleanup: false })
  killing.nodeChildProcess.unref()
  await killing
}
