import { given } from '../../../cluster/given.ts'
import type { CaName } from '../../../cluster/node-files.ts'
import type { RenewRequest } from '../../../cluster/request.ts'
import { hasExpired } from '../../../compose/expired-cluster.ts'
import { findNodesToRenew } from '../../../compose/renew-nodes.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { refuseExpiredCas } from '../../../observe/pki/expired-ca.ts'
import type { Target } from '../../../phases/phase.ts'
import { renewNodes, reviveCluster } from '../../../phases/renew-pipelines.ts'
import { kubeletClient, renewables } from '../../../pki/renewable.ts'
import type { Intent, Reached, Seen } from '../../run/intent.ts'
import { externalText } from './external.ts'
import { parseRenew, type RenewAsked, type RenewInput } from './parse.ts'
import { type RenewResult, renewResult, renewText } from './result.ts'

/** `kadm certs renew`: on this host, or on control planes over SSH, one after another. Needs no API server. */
export const renewIntent: Intent<RenewInput, RenewAsked, RenewSeen, RenewResult> = {
  name: () => 'kadm certs renew',
  plan: 'certs renew',
  parse: parseRenew,
  observe: observeRenew,
  stages: ({ targets, expired }) => (expired ? reviveCluster(targets.map(awaiting)) : renewNodes(targets)),
  answer: ({ seen, report }) =>
    renewResult(
      seen.targets.map(({ node }) => node.name),
      report,
    ),
  text: (answer, { asked }) => `${renewText(answer, asked)}${externalText(answer, asked.hosts)}`,
}

interface RenewSeen extends Seen<RenewRequest> {
  /** The cluster has stopped because certificates expired. */
  readonly expired: boolean
}

async function observeRenew({ parsed, pick, all }: RenewAsked, { hosts, report }: Reached): Promise<RenewSeen> {
  const [found, state] = await Promise.all([findNodesToRenew(hosts, parsed), observeState({ hosts })])
  const { targets, controlPlanes, warnings } = found
  for (const { request } of targets) refuseOthersKubeconfigs(pick.only, request)
  const now = new Date()
  await Promise.all(controlPlanes.map(({ host, cluster }) => refuseExpiredCas(host, cluster, casOf(pick.only), now)))
  const whole = all && parsed.certificatesDir === undefined && parsed.restart === undefined
  const expired = whole && (await hasExpired(controlPlanes, now))
  if (expired) report('certs renew')(expiredText)
  return {
    ...{ targets, state, warnings, expired, onControlPlane: true },
    ...given({ source: found.source }),
    dry: { newCluster: false, observedBefore: { warnings } },
  }
}

/** Components become healthy, although no API server answered before the run. */
function awaiting({ request, ...target }: Target<RenewRequest>): Target<RenewRequest> {
  const { apiSilent: _, ...rest } = request
  return { ...target, request: rest }
}

const expiredText =
  'no API server is usable, and certificates have expired: all control planes are renewed before their components start'

/** Returns the CAs that sign the named certificates; without names all of them. */
function casOf(only: readonly string[] | undefined): readonly CaName[] {
  const rows = [...renewables, kubeletClient]
  const named = rows.filter(({ name }) => only?.includes(`certs-renew/${name}`) ?? true)
  return [...new Set(named.map(({ signedBy }) => signedBy))]
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
