import { createHmac, timingSafeEqual } from 'node:crypto'

/** The text that a bootstrap token signs: the kubeconfig of cluster-info, byte for byte. */
export interface JwsInput {
  readonly content: string
  readonly tokenId: string
  /** The 16 characters after the dot, used as the key unchanged. */
  readonly tokenSecret: string
}

/** Returns the detached JWS of cluster-info under `jws-kubeconfig-<id>` (RFC 7515, appendix F; HS256). */
export function computeJws({ content, tokenId, tokenSecret }: JwsInput): string {
  const header = Buffer.from(`{"alg":"HS256","kid":"${tokenId}"}`).toString('base64url')
  const payload = Buffer.from(content).toString('base64url')
  const signature = createHmac('sha256', tokenSecret).update(`${header}.${payload}`).digest('base64url')
  return `${header}..${signature}`
}

/** True if the signature was made with this token over this content. */
export function verifyJws(input: JwsInput & { readonly signature: string }): boolean {
  const wanted = Buffer.from(computeJws(input))
  const found = Buffer.from(input.signature)
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}
