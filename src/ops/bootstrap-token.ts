import type { Kube } from '../clients/kube/kube.ts'
import type { BootstrapToken } from '../cluster/spec.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { bootstrapTokenSecret } from '../render/objects/bootstrap-token.ts'

const refOf = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name })

/** Stores a bootstrap token. As in kubeadm, throws API_CONFLICT if the cluster has a token with this ID. */
export async function createToken(kube: Kube, token: BootstrapToken, now: Date): Promise<void> {
  const wanted = bootstrapTokenSecret(token, now)
  const id = wanted.metadata.name.replace('bootstrap-token-', '')
  if ((await kube.get(refOf(wanted.metadata.name))) !== undefined) throw taken(id)
  try {
    await kube.create(wanted)
  } catch (error) {
    throw isKadmError(error, 'API_CONFLICT') ? taken(id) : error
  }
}

function taken(id: string): KadmError {
  return new KadmError('API_CONFLICT', `a token with id "${id}" already exists`, {
    hint: `omit the token to generate one, or delete the existing one: \`kadm token delete ${id}\``,
  })
}

/** Deletes a bootstrap token by ID; false if the cluster has none. */
export function deleteToken(kube: Kube, id: string): Promise<boolean> {
  return kube.remove(refOf(`bootstrap-token-${id}`))
}
