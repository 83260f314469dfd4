import type { Renewal } from '../../ops/renewal.ts'
import type { kubeletClient, Renewable } from '../../pki/renewable.ts'
import type { PhaseContext } from '../phase.ts'

/** The end of a step says by itself that a certificate was renewed. */
const texts: Readonly<Record<Exclude<Renewal['outcome'], 'renewed'>, string>> = {
  kept: 'kept: it expires later than --expiring-within asks for',
  missing: 'does not exist',
  external: 'kept: the key of its CA is not on this host',
}

/** Reports what happened to a certificate, and when the one in its file expires. */
export function reportRenewal(
  { report }: Pick<PhaseContext, 'report'>,
  { name }: Pick<Renewable | typeof kubeletClient, 'name'>,
  { outcome, certificate }: Renewal,
): void {
  if (outcome !== 'renewed') report({ kind: 'progress', text: `${name}: ${texts[outcome]}` })
  const expires = certificate === undefined ? '' : ` ${certificate.notAfter.toISOString()}`
  report({ kind: 'result', key: outcome, value: `${name}${expires}` })
}
