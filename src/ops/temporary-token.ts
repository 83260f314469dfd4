import type { Kube } from '../clients/kube/kube.ts'
import type { Secret } from '../cluster/secret.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { bootstrapTokenSecret } from '../render/objects/bootstrap-token.ts'

/** How long a token lives that kadm makes for one join and deletes after it. */
const lifetimeMs = 15 * 60_000

/** An API server that is not ready for a moment is asked again; the wait is short, since the token expires by itself. */
const patienceMs = 5000

export interface TemporaryToken {
  readonly token: Secret
  /** Never throws for the sake of the cluster: a token that remains expires by itself, which is reported. */
  remove(access: { readonly until: Until; readonly warn: (text: string) => void }): Promise<void>
}

/** Makes a token that only authenticates: a join over SSH needs no signed cluster-info. */
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
