import type { Kube } from '../clients/kube/kube.ts'
import type { Secret } from '../cluster/secret.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { bootstrapTokenSecret } from '../render/objects/bootstrap-token.ts'

/** Lifetime in milliseconds of a token that kadm creates for one join and deletes after it. */
const lifetimeMs = 15 * 60_000

/**
 * Retry time in milliseconds for an API server that is temporarily not ready. It is short, because the token expires
 * anyway.
 */
const patienceMs = 5000

export interface TemporaryToken {
  readonly token: Secret
  /** Never throws if the cluster does not answer: a token that remains expires, which is reported. */
  remove(access: { readonly until: Until; readonly warn: (text: string) => void }): Promise<void>
}

/** Creates a token that only authenticates: a join over SSH needs no signed cluster-info. */
export async function makeTemporaryToken(kube: Kube, token: Secret, now: Date): Promise<TemporaryToken> {
  const wanted = bootstrapTokenSecret(
    {
      token,
      description: 'created by kadm join --from, deleted after use',
      ttl: lifetimeMs,
      usages: ['authentication'],
      groups: ['system:bootstrappers:kubeadm:default-node-token'],
    },
    now,
  )
  await kube.create(wanted)
  const { name, namespace } = wanted.metadata
  const ref = { apiVersion: 'v1', kind: 'Secret', name, namespace: namespace ?? 'kube-system' }
  return {
    token,
    async remove({ until, warn }) {
      const gone = () => kube.remove(ref).then(() => true as const)
      try {
        await until('the end of the token', gone, { timeoutMs: patienceMs, intervalMs: 250, assume: true })
      } catch (error) {
        if (!isKadmError(error)) throw error
        const minutes = lifetimeMs / 60_000
        warn(`the join token could not be deleted; it expires within ${minutes} minutes: ${error.message}`)
      }
    },
  }
}
