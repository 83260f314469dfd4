import type { Renewable } from '../pki/renewable.ts'
import { renewKubeconfig } from './renew-kubeconfig.ts'
import { renewPair } from './renew-pair.ts'
import type { Renewal, RenewalInputs, RenewContext } from './renewal.ts'

/** Renews one certificate of a control plane, or the one in a kubeconfig. */
export function renew(ctx: RenewContext, renewable: Renewable, inputs: RenewalInputs): Promise<Renewal> {
  return renewable.kind === 'pair' ? renewPair(ctx, renewable, inputs) : renewKubeconfig(ctx, renewable, inputs)
}
