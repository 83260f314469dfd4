import { type Connected, closeAll, connectAll, type NamedHost, type Reaching } from '../../compose/machines.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { onInterrupt } from './interrupt.ts'

/**
 * Connects to hosts, locks them if a run is given, calls `act`, and closes the connections, also after Ctrl-C. Throws
 * the errors of connectAll and `act`.
 */
export async function withHosts<T>(
  named: readonly NamedHost[],
  reaching: Omit<Reaching, 'signal'>,
  act: (hosts: readonly ConnectedHost[], signal: AbortSignal, logs: Connected['logs']) => Promise<T>,
): Promise<T> {
  const interrupt = onInterrupt()
  const { signal } = interrupt
  let hosts: readonly ConnectedHost[] = []
  try {
    const connected = await connectAll(named, { ...reaching, signal })
    hosts = connected.hosts
    return await act(hosts, signal, connected.logs)
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}
