import type { Kube } from '../clients/kube/kube.ts'
import type { Secret } from '../cluster/secret.ts'
import { bootstrapTokenSecret } from '../render/objects/bootstrap-token.ts'

/** How long a token lives that kadm makes for one join and deletes after it. */
const lifetimeMs = 15 * 60_000

export interface TemporaryToken {
  readonly token: Secret
  remove(): Promise<void>
}

/** Makes a token that only authenticates: whoever joins over SSH needs no signed cluster-info. */
export async function makeTemporaryToken(kube: Kube, token: Secret, now: Date): Promise<TemporaryToken> {
  const wanted = bootstrapTokenSecret(
    {
      token,
      description: 'made by kadm join --from, deleted after use',
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
    remove: async () => void (await kube.remove(ref)),
  }
}
