import { httpProbe } from '../../clients/http-probe.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'

/**
 * Ids, in hex, of the other members that an etcd knows, from its metrics, which need neither a certificate nor a quorum.
 * undefined when they do not show it.
 */
export async function readKnownPeers(
  host: HostReader,
  url: string | undefined,
): Promise<readonly string[] | undefined> {
  if (url === undefined) return undefined
  try {
    const { status, body } = await httpProbe(host, new URL('/metrics', url))
    return status === 200 ? parseKnownPeers(body) : undefined
  } catch (error) {
    if (!isKadmError(error, 'HOST_CONNECT')) throw error
    return undefined
  }
}

/** `etcd_network_known_peers{Local="1c05",Remote="c1fc"} 1`; the member itself is among them, one that was removed has a 0. */
function parseKnownPeers(metrics: string): readonly string[] | undefined {
  const own = /^etcd_server_id\{server_id="([0-9a-f]+)"\} 1$/m.exec(metrics)?.[1]
  const known = [...metrics.matchAll(/^etcd_network_known_peers\{Local="([0-9a-f]+)",Remote="([0-9a-f]+)"\} 1$/gm)]
  const ids = known.filter(([, local]) => local === own).map(([, , remote]) => remote ?? '')
  return own !== undefined && ids.includes(own) ? ids.filter(id => id !== own) : undefined
}
