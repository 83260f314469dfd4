import type { JsonObject } from '../../cluster/json.ts'

/** Where a component answers health checks. Without a host, the kubelet uses the address of the pod. */
export interface ProbeTarget {
  readonly host?: string
  readonly scheme: 'HTTP' | 'HTTPS'
  readonly port: number
  readonly liveness: string
  /** Absent for the controller manager. */
  readonly readiness?: string
  readonly startup: string
}

const startupPeriodSeconds = 10

/** Renders the three probes of a static pod; the startup probe allows `startupTimeoutMs`. */
export function renderProbes(target: ProbeTarget, startupTimeoutMs: number): JsonObject {
  const probe = (path: string, numbers: JsonObject): JsonObject => ({
    httpGet: { host: target.host, path, port: 'probe-port', scheme: target.scheme },
    timeoutSeconds: 15,
    ...numbers,
  })
  const failures = Math.ceil(startupTimeoutMs / 1000 / startupPeriodSeconds)
  return {
    livenessProbe: probe(target.liveness, { initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 8 }),
    readinessProbe:
      target.readiness === undefined ? undefined : probe(target.readiness, { periodSeconds: 1, failureThreshold: 3 }),
    startupProbe: probe(target.startup, {
      initialDelaySeconds: startupPeriodSeconds,
      periodSeconds: startupPeriodSeconds,
      failureThreshold: failures === 0 ? undefined : failures,
    }),
  }
}

/** Returns the address to probe; none for an unspecified address (`0.0.0.0`, `::`). */
export function probeHost(address: string): { readonly host?: string } {
  return address === '0.0.0.0' || address === '::' || address === '' ? {} : { host: address }
}
