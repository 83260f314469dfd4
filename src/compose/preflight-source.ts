import { isApiSilent } from '../clients/kube/failure.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import type { ReportProgress } from '../observe/cluster/cluster-wait.ts'
import { type JoinSource, sourceFromControlPlane, sourceFromDiscovery } from './join-source.ts'
import { assumedSource } from './join-source-dry.ts'

export interface PreflightSourceInput {
  /** The first of the hosts that are looked at. */
  readonly host: HostReader
  /** The control plane of --from. */
  readonly source: HostReader | undefined
  readonly config: Omit<JoinConfiguration, 'nodeRegistration'>
  /** How long to wait for the cluster; absent for what the configuration says. */
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal
  readonly report: ReportProgress
}

/** When people begin to ask themselves what is going on. */
const quietMs = 5000

/**
 * What the cluster says that the hosts are to join. When it does not answer in time, what is known without it, and
 * why: the hosts can be looked at all the same.
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
    // As a dry run does: the token of a join is shown to the server, not made.
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

/** The words of an error that says that no API server answers, or that the one that does cannot serve. */
function silenceIn(error: unknown): string | undefined {
  if (!isKadmError(error)) return undefined
  if (isApiSilent(error) || (error.status !== undefined && (error.status === 429 || error.status >= 500)))
    return error.message
  return silenceIn(error.cause) === undefined ? undefined : error.message
}
