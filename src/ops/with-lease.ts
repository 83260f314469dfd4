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
  /** `run/node`: a new run on the same node takes over at once, since a machine has one run at a time. */
  readonly holder: string
  readonly durationMs: number
  /** How long to wait for the others. */
  readonly timeoutMs: number
}

/** Throws API_CONFLICT when the Lease was lost meanwhile: to be asked before each step that needs it. */
export type StillHeld = () => void

/**
 * Does something while no other machine does it: holds a Lease of coordination.k8s.io, renewed in the background and
 * given back at the end. One whose holder died is taken over when it runs out, by this machine's own clock.
 */
export async function withLease<T>(
  ctx: LeaseAccess,
  spec: LeaseSpec,
  act: (stillHeld: StillHeld) => Promise<T>,
): Promise<T> {
  const kube = await ctx.kube()
  await ctx.until(`the Lease ${spec.name}`, patient(ctx, kube, spec), {
    timeoutMs: spec.timeoutMs,
    intervalMs: 250,
    assume: true as const,
  })
  const stop = new AbortController()
  const held = { until: performance.now() + spec.durationMs }
  const renewing = renew(kube, spec, held, stop.signal)
  try {
    return await act(() => {
      if (performance.now() < held.until) return
      throw new KadmError('API_CONFLICT', `the Lease kube-system/${spec.name} ran out while it was needed`, {
        hint: 'the API server did not answer for a while; run the command again',
      })
    })
  } finally {
    stop.abort()
    await renewing
    await release(kube, spec).catch(() => undefined)
  }
}

/** A probe that remembers since when the present holder has not renewed. */
function patient(ctx: LeaseAccess, kube: Kube, spec: LeaseSpec): () => Promise<true | undefined> {
  let seen = { version: '', at: 0 }
  let told = ''
  return async () => {
    const found = await kube.get(refOf(spec))
    if (found === undefined) return taken(kube.create(leaseOf(spec)))
    const { holderIdentity = '', leaseDurationSeconds = 0 } = specOf(found)
    const version = found.metadata.resourceVersion ?? ''
    if (version !== seen.version) seen = { version, at: performance.now() }
    const over = performance.now() - seen.at > leaseDurationSeconds * 1000
    if (holderIdentity === '' || sameNode(holderIdentity, spec.holder) || over) {
      return taken(kube.update({ ...leaseOf(spec), metadata: found.metadata }))
    }
    if (told !== holderIdentity)
      ctx.report({ kind: 'progress', text: `waiting for ${holderIdentity.split('/').at(-1)}` })
    told = holderIdentity
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

async function renew(kube: Kube, spec: LeaseSpec, held: { until: number }, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(spec.durationMs / 3, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const started = performance.now()
    const found = await kube.get(refOf(spec)).catch(() => undefined)
    if (found === undefined || specOf(found).holderIdentity !== spec.holder) continue
    const renewed = await taken(kube.update({ ...leaseOf(spec), metadata: found.metadata })).catch(() => undefined)
    if (renewed) held.until = started + spec.durationMs
  }
}

/** Without a holder it is free at once; the object stays for the next one. */
async function release(kube: Kube, spec: LeaseSpec): Promise<void> {
  const found = await kube.get(refOf(spec))
  if (found === undefined || specOf(found).holderIdentity !== spec.holder) return
  await kube.update({ ...found, spec: {} })
}

function sameNode(a: string, b: string): boolean {
  return a.slice(a.indexOf('/')) === b.slice(b.indexOf('/'))
}

function specOf(lease: KubeObject): { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number } {
  return (lease.spec ?? {}) as { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number }
}

function refOf({ name }: LeaseSpec) {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name }
}

function leaseOf(spec: LeaseSpec): KubeObject {
  const { apiVersion, kind, namespace, name } = refOf(spec)
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
