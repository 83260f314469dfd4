import type { Kube } from '../../../clients/kube/kube.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'

/** An API that is deprecated and that a client has requested since the API server started. */
export interface DeprecatedApi {
  /** `flowschemas.flowcontrol.apiserver.k8s.io` */
  readonly resource: string
  readonly version: string
  /** The minor version that does not serve it any more: `1.38`. Empty while it is not planned. */
  readonly removedIn: string
}

const metric = 'apiserver_requested_deprecated_apis'
/** Milliseconds. The metrics of a large cluster are several megabytes. */
const timeoutMs = 20_000

/** Reads the deprecated APIs that clients request, from the metrics of the API server that answers. */
export async function findRemovedApis(
  kube: Pick<Kube, 'probe' | 'server'>,
  targetMinor: number,
): Promise<readonly UpgradeFinding[]> {
  const { status, body } = await kube.probe('/metrics', { timeoutMs })
  if (status !== 200) {
    const message = `the metrics of ${kube.server} cannot be read (status ${status}): it is unknown whether clients use removed APIs`
    return [{ check: 'DeprecatedAPIs', level: 'warning', message, remedy: `look at the metric ${metric}` }]
  }
  const removed = parseDeprecatedApis(body).filter(({ removedIn }) => minorOfRelease(removedIn) <= targetMinor)
  return removed.map(({ resource, version, removedIn }) => ({
    check: 'DeprecatedAPIs',
    level: 'warning' as const,
    message: `clients use ${resource} in version ${version}, which v${removedIn} no longer serves`,
    remedy: 'find the clients in the audit log (k8s.io/deprecated=true), and change them to a served version',
  }))
}

/** Parses the metric in the text format of Prometheus. */
export function parseDeprecatedApis(metrics: string): readonly DeprecatedApi[] {
  const found = metrics.split('\n').flatMap(line => {
    const [, labels = '', value] = new RegExp(`^${metric}\\{(.*)\\} (\\S+)$`).exec(line) ?? []
    if (value === undefined || Number(value) === 0) return []
    const { group = '', resource = '', version = '', removed_release: removedIn = '' } = labelsIn(labels)
    return [{ resource: group === '' ? resource : `${resource}.${group}`, version, removedIn }]
  })
  const keys = found.map(({ resource, version }) => `${resource} ${version}`)
  return found.filter((_, i) => keys.indexOf(keys[i] ?? '') === i)
}

function labelsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}

function minorOfRelease(release: string): number {
  const minor = /^1\.(\d+)$/.exec(release)?.[1]
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor)
}
