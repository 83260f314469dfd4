import type { Argv, Host, HostReader, Outcome } from '../host/host.ts'

export interface ServiceState {
  /** False if systemd has no such unit. */
  readonly loaded: boolean
  readonly active: boolean
  /** True if systemd has started it, or waits to start it. */
  readonly starting: boolean
  /** True if it has ended and systemd restarts it, waits to do so, or gave up. */
  readonly ended: boolean
  readonly enabled: boolean
  /** When its main process started, by the clock of the host. */
  readonly startedAt?: Date
}

const script = `
systemctl show "$1" -p LoadState -p ActiveState -p UnitFileState -p ExecMainStartTimestampMonotonic -p MainPID
echo "Uptime=$(cut -d' ' -f1 /proc/uptime)"
echo "Now=$(date +%s.%N)"`

function question(unit: string): Argv {
  return ['sh', '-c', script, 'sh', unit]
}

/**
 * Reads a systemd unit. The start time comes from the monotonic clock, because old versions of systemd print no other
 * machine-readable time.
 */
async function readService(host: HostReader, unit: string): Promise<ServiceState> {
  const { stdout } = await host.query(question(unit))
  const facts = new Map(stdout.split('\n').map(line => line.split(/=(.*)/s) as [string, string]))
  const started = Number(facts.get('ExecMainStartTimestampMonotonic') ?? 0) / 1e6
  const running = facts.get('MainPID') !== '0' && started > 0
  const startedAt = Number(facts.get('Now')) - Number(facts.get('Uptime')) + started
  return {
    loaded: facts.get('LoadState') === 'loaded',
    active: facts.get('ActiveState') === 'active',
    starting: ['activating', 'reloading'].includes(facts.get('ActiveState') ?? ''),
    ended: ['activating', 'failed'].includes(facts.get('ActiveState') ?? ''),
    enabled: facts.get('UnitFileState') === 'enabled',
    ...(running ? { startedAt: new Date(startedAt * 1000) } : {}),
  }
}

/** Returns the properties of a unit that was started at `at`. */
function started(at: Date): string {
  return unitFacts('active', { ExecMainStartTimestampMonotonic: 1e6, MainPID: 1, Uptime: 1, Now: at.getTime() / 1000 })
}

function unitFacts(state: string, more: Readonly<Record<string, number>>): string {
  const facts = { LoadState: 'loaded', ActiveState: state, UnitFileState: 'enabled', ...more }
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/**
 * Restarts a unit that is not running, or that started before one of its files was written. Decides from the state of
 * the host, so that a run that ended between write and restart is corrected by the next. `makes` names files that the
 * unit writes as it starts, for a dry run.
 */
export async function ensureFresh(
  host: Host,
  unit: string,
  files: readonly string[],
  makes: Outcome['files'] = [],
): Promise<boolean> {
  const [state, ...stats] = await Promise.all([readService(host, unit), ...files.map(path => host.stat(path))])
  const since = state.startedAt
  const stale = stats.some(stat => stat !== undefined && since !== undefined && stat.mtime > since)
  if (state.active && since !== undefined && !stale) return false
  await host.exec(['systemctl', 'daemon-reload'])
  // A kubelet restarts repeatedly until it is configured. Those exits must not count for the new start.
  if (state.ended) await host.exec(['systemctl', 'reset-failed', unit])
  const outcome: Outcome = { files: makes, answers: [{ argv: question(unit), stdout: started }] }
  await host.exec(['systemctl', 'restart', unit], { outcome })
  return true
}

/** Stops a unit that runs, or that systemd restarts repeatedly. False if the unit does not exist. */
export async function ensureStopped(host: Host, unit: string): Promise<boolean> {
  const { loaded, active, starting } = await readService(host, unit)
  if (!active && !starting) return loaded
  const stopped = () => unitFacts('inactive', { MainPID: 0 })
  await host.exec(['systemctl', 'stop', unit], { outcome: { answers: [{ argv: question(unit), stdout: stopped }] } })
  return loaded
}
