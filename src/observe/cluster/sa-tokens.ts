import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf } from '../../cluster/kube-object.ts'
import type { SaKey } from '../../cluster/sa-rotation.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { keyIdOfToken, signedToken } from '../../pki/sa-rotation.ts'

/** The IDs of the keys that an API server trusts and signs with. */
export interface SaInUse {
  readonly trusts: readonly string[]
  readonly signer: string | undefined
}

/** Asks an API server for the keys that it publishes, and for a token. */
export async function readSaInUse(kube: Pick<Kube, 'probe' | 'serviceAccountToken' | 'server'>): Promise<SaInUse> {
  const [published, token] = await Promise.all([
    kube.probe('/openid/v1/jwks'),
    kube.serviceAccountToken({ namespace: 'kube-system', name: 'default' }),
  ])
  if (published.status !== 200) {
    throw new KadmError(
      'API_REFUSED',
      `${kube.server} does not publish its service account keys: ${published.status}`,
      {
        hint: 'check that --service-account-issuer of kube-apiserver is an https URL',
        status: published.status,
      },
    )
  }
  return { trusts: keyIdsIn(published.body), signer: keyIdOfToken(token.reveal()) }
}

function keyIdsIn(body: string): readonly string[] {
  try {
    const { keys = [] } = JSON.parse(body) as { readonly keys?: readonly { readonly kid?: string }[] }
    return keys.flatMap(({ kid }) => kid ?? [])
  } catch {
    return []
  }
}

/** Returns the Secrets whose tokens never expire and are signed with this key: `default/robot-token`. */
export async function findLegacyTokens(kube: Pick<Kube, 'list'>, key: SaKey): Promise<readonly string[]> {
  const type = 'kubernetes.io/service-account-token'
  const secrets = await kube.list({ apiVersion: 'v1', kind: 'Secret', fieldSelector: `type=${type}` })
  const signed = secrets.filter(secret =>
    signedToken(Buffer.from(dataOf(secret).token ?? '', 'base64').toString(), key),
  )
  return signed.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`)
}
