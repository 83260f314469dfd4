import type { RenewRequest } from '../../../cluster/request.ts'
import { findRenewNodes } from '../../../compose/renew-node.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { renewCertificates } from '../../../phases/pipelines.ts'
import { renewables } from '../../../pki/renewable.ts'
import type { Intent, Reached, Seen } from '../../run/intent.ts'
import { parseRenew, type RenewAsked, type RenewInput } from './parse.ts'
import { type RenewResult, renewResult, renewText } from './result.ts'

/** `kadm certs renew`: on this host, or on control planes over SSH, one after another. Needs no API server. */
export const renewIntent: Intent<RenewInput, RenewAsked, Seen<RenewRequest>, RenewResult> = {
  name: () => 'kadm certs renew',
  plan: 'certs renew',
  parse: parseRenew,
  observe: observeRenew,
  stages: ({ targets }) => renewCertificates(targets),
  answer: ({ seen, report }) =>
    renewResult(
      seen.targets.map(({ node }) => node.name),
      report,
    ),
  text: (answer, { asked }) => renewText(answer, asked),
}

async function observeRenew({ parsed, pick }: RenewAsked, { hosts }: Reached): Promise<Seen<RenewRequest>> {
  const [found, state] = await Promise.all([findRenewNodes(hosts, parsed), observeState({ hosts })])
  const { targets, warnings } = found
  for (const { request } of targets) refuseOthersKubeconfigs(pick.only, request)
  return { targets, state, warnings, onControlPlane: true, dry: { newCluster: false, observedBefore: { warnings } } }
}

/** `renew all` skips kubeconfigs that do not belong to --cert-dir; their names are an error. */
function refuseOthersKubeconfigs(only: readonly string[] | undefined, { kubeconfigsOf }: RenewRequest): void {
  if (only === undefined || kubeconfigsOf === undefined) return
  const named = renewables.find(({ kind, name }) => kind === 'kubeconfig' && only.includes(`certs-renew/${name}`))
  if (named === undefined) return
  const belongs = `it belongs to the certificates in ${kubeconfigsOf}`
  throw new KadmError('USAGE', `${named.name} cannot be renewed with another --cert-dir: ${belongs}`, {
    hint: 'omit --cert-dir, or renew only certificates of that directory',
  })
}
