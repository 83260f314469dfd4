import { setTimeout as sleep } from 'node:timers/promises'
import type { Kube } from '../clients/kube/kube.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'

export interface LeaseAccess {
  readonly kube: () => Promise<Kube>
  readonly until: Until
  readonly report: (note: { readonly kind: 'progress'; readonly text: string }) => void
}

export interface LeaseSpec {
  /** The name of the Lease in kube-system. */
  readonly name: string
  /**
   * `run/node`: a new run on the same node takes over at once. It holds the lock of the host, so the earlier run has
   * ended.
   */
  readonly holder: string
  readonly durationMs: number
  /** How long to wait for other holders. */
  readonly timeoutMs: number
}

/** Throws API_CONFLICT, as a final error, if the Lease was lost. Call it before each step that needs the Lease. */
export type StillHeld = () => void

/**
 * Calls `act` while it holds a Lease of coordination.k8s.io, so that no other host does the same. Renews the Lease in
 * the background and releases it at the end. After the holder of a Lease has failed, the Lease is taken over when it
 * expires by this host's own clock.
 */
export async function withLease<T>(
  ctx: LeaseAccess,
  spec: LeaseSpec,
  act: (stillHeld: StillHeld) => Promise<T>,
): Promise<T> {
  const kube = await ctx.kube()
  const since = await ctx.until(`the Lease ${spec.name}`, patient(ctx, kube, spec), {
    timeoutMs: spec.timeoutMs,
    intervalMs: 250,
    assume: performance.now(),
  })
  const stop = new AbortController()
  const hold: Hold = { until: since + spec.durationMs }
  const renewing = renew(kube, spec, hold, stop.signal)
  try {
    return await act(() => requireHeld(spec, hold))
  } finally {
    stop.abort()
    await renewing
    await release(kube, spec).catch(() => undefined)
  }
}

/** The expiry of the Lease by the clock of `performance`; the current holder if it is another process. */
interface Hold {
  until: number
  takenBy?: string
}

function requireHeld({ name }: LeaseSpec, { until, takenBy }: Hold): void {
  if (takenBy === undefined && performance.now() < until) return
  const lost = takenBy === undefined ? 'ran out' : `was taken over by ${takenBy || 'an unknown holder'}`
  throw new KadmError('API_CONFLICT', `the Lease kube-system/${name} ${lost} while it was needed`, {
    hint:
      takenBy === undefined
        ? 'the API server did not answer for a while; run the command again'
        : 'another run of kadm is active; run the command again when it finishes',
    final: true,
  })
}

/**
 * Returns a probe that measures how long the current holder has not renewed. It returns the time before it acquired the
 * Lease.
 */
function patient(ctx: LeaseAccess, kube: Kube, spec: LeaseSpec): () => Promise<number | undefined> {
  let seen = { version: '', at: 0 }
  let reported = ''
  const report = (text: string) => {
    if (reported !== text) ctx.report({ kind: 'progress', text })
    reported = text
  }
  return async () => {
    const found = await kube.get(leaseRef(spec.name)).catch(error => {
      if (isKadmError(error)) report(`waiting for the Lease ${spec.name}: ${error.message}`)
      throw error
    })
    const now = performance.now()
    const orLater = (own: true | undefined) => (own === undefined ? undefined : now)
    if (found === undefined) return taken(kube.create(leaseOf(spec))).then(orLater)
    const { holderIdentity = '', leaseDurationSeconds = 0 } = specOf(found)
    const version = found.metadata.resourceVersion ?? ''
    if (version !== seen.version) seen = { version, at: performance.now() }
    const over = performance.now() - seen.at > leaseDurationSeconds * 1000
    if (holderIdentity === '' || sameNode(holderIdentity, spec.holder) || over) {
      return taken(kube.update({ ...leaseOf(spec), metadata: found.metadata })).then(orLater)
    }
    report(`waiting for ${shownHolder(holderIdentity)}`)
    return undefined
  }
}

/** Another client that was faster is not an error. */
function taken(written: Promise<unknown>): Promise<true | undefined> {
  return written.then(
    () => true,
    error => {
      if (isKadmError(error, 'API_CONFLICT')) return undefined
      throw error
    },
  )
}

/** Timeout of a renewal, and the delay of the next try: the Lease must not expire in the meantime. */
const renewal = { patienceMs: 4000, againMs: 2000 }

/** Ends if another process holds the Lease: then it is lost, whatever its expiry. */
async function renew(kube: Kube, spec: LeaseSpec, hold: Hold, signal: AbortSignal): Promise<void> {
  const everyMs = spec.durationMs / 3
  let pauseMs = everyMs
  for (;;) {
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const started = performance.now()
    const holder = await within(renewal.patienceMs, renewOnce(kube, spec)).catch(() => undefined)
    if (holder === spec.holder) hold.until = started + spec.durationMs
    else if (holder !== undefined) {
      hold.takenBy = shownHolder(holder)
      return
    }
    pauseMs = holder === undefined ? Math.min(renewal.againMs, everyMs) : everyMs
  }
}

/** Returns the current holder of the Lease, empty if there is none; undefined if unknown. */
async function renewOnce(kube: Kube, spec: LeaseSpec): Promise<string | undefined> {
  const found = await kube.get(leaseRef(spec.name))
  if (found === undefined) return ''
  const { holderIdentity = '' } = specOf(found)
  if (holderIdentity !== spec.holder) return holderIdentity
  const renewed = await taken(kube.update({ ...leaseOf(spec), metadata: found.metadata }))
  return renewed === undefined ? undefined : spec.holder
}

/** Returns undefined if there is no answer in time. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  const done = new AbortController()
  const over = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)
  try {
    return await Promise.race([answer, over])
  } finally {
    done.abort()
  }
}

/** A Lease without a holder is free at once; the object stays for the next holder. */
async function release(kube: Kube, spec: LeaseSpec): Promise<void> {
  const found = await kube.get(leaseRef(spec.name))
  if (found === undefined || specOf(found).holderIdentity !== spec.holder) return
  await kube.update({ ...found, spec: {} })
}

/** Returns `cp2` for `run/cp2`. */
function shownHolder(identity: string): string {
  return identity.split('/').at(-1) ?? identity
}

function sameNode(a: string, b: string): boolean {
  return a.slice(a.indexOf('/')) === b.slice(b.indexOf('/'))
}

function specOf(lease: KubeObject): { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number } {
  return (lease.spec ?? {}) as { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number }
}

/** Returns the reference of a Lease that hosts of a cluster use as a lock. */
export function leaseRef(name: string) {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name }
}

function leaseOf(spec: LeaseSpec): KubeObject {
  const { apiVersion, kind, namespace, name } = leaseRef(spec.name)
  const now = new Date().toISOString().replace('Z', '000Z')
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: {
      holderIdentity: spec.holder,
      leaseDurationSeconds: Math.ceil(spec.durationMs / 1000),
      acquireTime: now,
      renewTime: now,
    },
  }
}
