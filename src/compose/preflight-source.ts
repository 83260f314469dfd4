import { isApiSilent } from '../clients/kube/failure.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import type { ReportProgress } from '../observe/cluster/cluster-wait.ts'
import { type JoinSource, sourceFromControlPlane, sourceFromDiscovery } from './join-source.ts'
import { assumedSource } from './join-source-dry.ts'

export interface PreflightSourceInput {
  /** The first of the hosts to check. */
  readonly host: HostReader
  /** The control plane of --from. */
  readonly source: HostReader | undefined
  readonly config: Omit<JoinConfiguration, 'nodeRegistration'>
  /** How long to wait for the cluster, in milliseconds; absent for the configured timeout. */
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal
  readonly report: ReportProgress
}

/** Time without an answer after which progress is reported, in milliseconds. */
const quietMs = 5000

/**
 * Reads the cluster that the hosts are to join. If it does not answer in time, returns what is known and the reason, so
 * that the hosts can still be checked.
 */
export async function preflightSource(asked: PreflightSourceInput): Promise<JoinSource> {
  const { host, source, signal, report } = asked
  const config = withTimeout(asked)
  const limitMs = source === undefined ? config.timeouts.discovery : config.timeouts.kubernetesAPICall
  const notice = setTimeout(
    () => report(`waiting for the cluster to respond, up to ${limitMs / 1000} s (--timeout)`),
    quietMs,
  ).unref()
  const waiting = { signal, report }
  try {
    // As in a dry run, the server validates the token of a join without storing it.
    if (source !== undefined) return await sourceFromControlPlane(source, { dryRun: true, timeoutMs: limitMs })
    return await sourceFromDiscovery(host, config, waiting)
  } catch (error) {
    const unanswered = silenceIn(error)
    if (unanswered === undefined) throw error
    const { discovered, ...rest } = await assumedSource({ host, config, waiting, ...(source && { source }) })
    const { assumed: _, ...known } = discovered
    return { ...rest, discovered: { ...known, unanswered } }
  } finally {
    clearTimeout(notice)
  }
}

function withTimeout({ config, timeoutMs }: PreflightSourceInput): PreflightSourceInput['config'] {
  if (timeoutMs === undefined) return config
  return { ...config, timeouts: { ...config.timeouts, discovery: timeoutMs, kubernetesAPICall: timeoutMs } }
}

/** Returns the message of an error which means that no API server answers or can serve; else undefined. */
function silenceIn(error: unknown): string | undefined {
  if (!isKadmError(error)) return undefined
  if (isApiSilent(error) || (error.status !== undefined && (error.status === 429 || error.status >= 500)))
    return error.message
  return silenceIn(error.cause) === undefined ? undefined : error.message
}
