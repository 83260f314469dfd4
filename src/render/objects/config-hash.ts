import { createHash } from 'node:crypto'

export const configHashAnnotation = 'kubeadm.kubernetes.io/component-config.hash'

/**
 * Returns the hash that marks a generated component configuration: SHA-256 over the values in the order of their keys,
 * text before binary. A different hash means that it was edited.
 */
export function configHash(
  data: Readonly<Record<string, string>>,
  binaryData: Readonly<Record<string, Uint8Array>> = {},
): string {
  const hash = createHash('sha256')
  for (const part of [data, binaryData]) {
    for (const key of Object.keys(part).sort()) hash.update(part[key] ?? '')
  }
  return `sha256:${hash.digest('hex')}`
}
