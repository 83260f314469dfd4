import { isApiSilent } from '../clients/kube/failure.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import type { Tell } from '../observe/cluster/cluster-wait.ts'
import { type JoinSource, sourceFromDiscovery, sourceFromLeader } from './join-source.ts'
import { assumedSource } from './join-source-dry.ts'

export interface PreflightLook {
  /** The first of the hosts that are looked at. */
  readonly host: HostReader
  /** The control plane of --from. */
  readonly leader: HostReader | undefined
  readonly config: Omit<JoinConfiguration, 'nodeRegistration'>
  /** How long to wait for the cluster; absent for what the configuration says. */
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal
  readonly tell: Tell
}

/** When people begin to ask themselves what is going on. */
const quietMs = 5000

/**
 * What the cluster says that the hosts are to join. When it does not answer in time, what is known without it, and
 * why: the hosts can be looked at all the same.
 */
export async function preflightSource(asked: PreflightLook): Promise<JoinSource> {
  const { host, leader, signal, tell } = asked
  const config = withPatience(asked)
  const limitMs = leader === undefined ? config.timeouts.discovery : config.timeouts.kubernetesAPICall
  const notice = setTimeout(
    () => tell(`waiting for the cluster to respond, up to ${limitMs / 1000} s (--timeout)`),
    quietMs,
  ).unref()
  const waiting = { signal, tell }
  try {
    // As a dry run does: the token of a join is shown to the server, not made.
    if (leader !== undefined) return await sourceFromLeader(leader, { dryRun: true, timeoutMs: limitMs })
    return await sourceFromDiscovery(host, config, waiting)
  } catch (error) {
    const unanswered = silenceIn(error)
    if (unanswered === undefined) throw error
    const { discovered, ...source } = await assumedSource({ host, config, waiting, ...(leader && { leader }) })
    const { assumed: _, ...known } = discovered
    return { ...source, discovered: { ...known, unanswered } }
  } finally {
    clearTimeout(notice)
  }
}

function withPatience({ config, timeoutMs }: PreflightLook): PreflightLook['config'] {
  if (timeoutMs === undefined) return config
  return { ...config, timeouts: { ...config.timeouts, discovery: timeoutMs, kubernetesAPICall: timeoutMs } }
}

/** The words of an error that says that no API server answers, or that the one that does cannot serve. */
function silenceIn(error: unknown): string | undefined {
  if (!isKadmError(error)) return undefined
  if (isApiSilent(error) || (error.status !== undefined && (error.status === 429 || error.status >= 500)))
    return error.message
  return silenceIn(error.cause) === undefined ? undefined : error.message
}
