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
  /** Of the Lease in kube-system. */
  readonly name: string
  /**
   * `run/node`: a new run on the same node takes over at once. It has claimed the host, as all do that change it, so
   * the earlier one is over.
   */
  readonly holder: string
  readonly durationMs: number
  /** How long to wait for the others. */
  readonly timeoutMs: number
}

/** Throws API_CONFLICT, for good, when the Lease was lost meanwhile: to be asked before each step that needs it. */
export type StillHeld = () => void

/**
 * Does something while no other host does it: holds a Lease of coordination.k8s.io, renewed in the background and
 * given back at the end. One whose holder died is taken over when it runs out, by this host's own clock.
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

/** Until when the Lease is this run's, by the clock of `performance`; the current holder, when it is another process. */
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

/** A probe that remembers since when the present holder has not renewed. It gives the time before it took the Lease. */
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

/** Another one was quicker: not an error. */
function taken(written: Promise<unknown>): Promise<true | undefined> {
  return written.then(
    () => true,
    error => {
      if (isKadmError(error, 'API_CONFLICT')) return undefined
      throw error
    },
  )
}

/** How long an API server may take for a renewal, and how soon it is tried again: the Lease may not run out meanwhile. */
const renewal = { patienceMs: 4000, againMs: 2000 }

/** Ends when another process holds the Lease: then it is lost, whatever its time. */
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

/** The current holder of the Lease, empty when there is none; undefined when it is not known. */
async function renewOnce(kube: Kube, spec: LeaseSpec): Promise<string | undefined> {
  const found = await kube.get(leaseRef(spec.name))
  if (found === undefined) return ''
  const { holderIdentity = '' } = specOf(found)
  if (holderIdentity !== spec.holder) return holderIdentity
  const renewed = await taken(kube.update({ ...leaseOf(spec), metadata: found.metadata }))
  return renewed === undefined ? undefined : spec.holder
}

/** undefined when there is no answer in time. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  const done = new AbortController()
  const over = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)
  try {
    return await Promise.race([answer, over])
  } finally {
    done.abort()
  }
}

/** Without a holder it is free at once; the object stays for the next one. */
async function release(kube: Kube, spec: LeaseSpec): Promise<void> {
  const found = await kube.get(leaseRef(spec.name))
  if (found === undefined || specOf(found).holderIdentity !== spec.holder) return
  await kube.update({ ...found, spec: {} })
}

/** `cp2` of `run/cp2`. */
function shownHolder(identity: string): string {
  return identity.split('/').at(-1) ?? identity
}

function sameNode(a: string, b: string): boolean {
  return a.slice(a.indexOf('/')) === b.slice(b.indexOf('/'))
}

function specOf(lease: KubeObject): { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number } {
  return (lease.spec ?? {}) as { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number }
}

/** A Lease that hosts of a cluster take turns with. */
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
