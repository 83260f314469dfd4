import { httpProbe } from '../../clients/http-probe.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'

/**
 * Returns the IDs, in hex, of the other members that an etcd knows, from its metrics, which need neither a certificate
 * nor a quorum; undefined if they are not in the metrics.
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

/** Parses `etcd_network_known_peers{Local="1c05",Remote="c1fc"} 1`. Includes the member itself; a removed one has 0. */
function parseKnownPeers(metrics: string): readonly string[] | undefined {
  const own = /^etcd_server_id\{server_id="([0-9a-f]+)"\} 1$/m.exec(metrics)?.[1]
  const known = [...metrics.matchAll(/^etcd_network_known_peers\{Local="([0-9a-f]+)",Remote="([0-9a-f]+)"\} 1$/gm)]
  const ids = known.filter(([, local]) => local === own).map(([, , remote]) => remote ?? '')
  return own !== undefined && ids.includes(own) ? ids.filter(id => id !== own) : undefined
}
