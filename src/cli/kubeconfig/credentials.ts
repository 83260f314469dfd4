import { parseDuration } from '../../cluster/duration.ts'
import { KadmError } from '../../errors/kadm-error.ts'

const year = 8760 * 3_600_000

/** Parses --validity-period into milliseconds. As in kubeadm, more than a year is a warning. Throws USAGE. */
export function readValidity(text: string): number {
  const validityMs = parseDuration(text)
  if (validityMs === undefined || validityMs <= 0) {
    throw new KadmError('USAGE', `--validity-period ${text} is not a valid certificate validity period`, {
      hint: 'use a positive duration, such as --validity-period 720h',
    })
  }
  if (validityMs > year) {
    const than = 'is longer than the default duration 8760h0m0s, this may increase security risks'
    process.stderr.write(`warning: the specified certificate validity period ${text} ${than}\n`)
  }
  return validityMs
}

/** kubeadm creates such a kubeconfig without a warning. */
export function superuserWarnings(groups: readonly string[]): readonly string[] {
  if (!groups.includes('system:masters')) return []
  return [
    'the group system:masters has all permissions, which RBAC cannot take away; the certificate cannot be revoked before it expires',
  ]
}
