import { type CsrRequest, renewalDir } from '../../../cluster/csr-request.ts'
import { externalProfilesOf, findCertificateNode, profilesOf } from '../../../compose/csr-node.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../../host/host.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import type { Target } from '../../../phases/phase.ts'
import { generateRequests } from '../../../phases/pipelines.ts'
import type { Intent, Reached, Seen } from '../../run/intent.ts'
import { copyRequests } from './copy-requests.ts'
import { type CsrAsked, type CsrInput, parseCsr } from './parse.ts'
import { type CsrResult, csrResult, csrText } from './result.ts'

/** `kadm certs generate-csr`: on this host, or on several hosts over SSH. */
export const csrIntent: Intent<CsrInput, CsrAsked, Seen<CsrRequest>, CsrResult> = {
  name: () => 'kadm certs generate-csr',
  plan: 'certs generate-csr',
  parse: parseCsr,
  observe: observeCsr,
  stages: ({ targets }) => generateRequests(targets),
  answer({ asked, seen, report }) {
    const result = csrResult(seen.targets, report)
    return asked.outDir === undefined ? result : copyRequests(result, asked.outDir)
  },
  text: csrText,
}

async function observeCsr(asked: CsrAsked, { hosts }: Reached): Promise<Seen<CsrRequest>> {
  const [found, state] = await Promise.all([
    Promise.all(hosts.map(host => findTarget(host, asked))),
    observeState({ hosts }),
  ])
  const warnings = found.flatMap(one => one.warnings)
  const targets = found.map(one => one.target)
  refuseSameNode(targets)
  return { targets, state, warnings, dry: { newCluster: false, observedBefore: { warnings } } }
}

async function findTarget(host: ConnectedHost, { places, names, renewal }: CsrAsked) {
  const { target, warnings } = await findCertificateNode(host, places)
  const all = renewal ? await externalProfilesOf(host, target) : profilesOf(target).map(({ name }) => name)
  const wanted = names ?? all
  const other = wanted.find(name => !all.includes(name))
  if (other !== undefined || wanted.length === 0) throw nothingToRenew(host, other)
  const request = { ...target.request, names: wanted }
  return { target: renewal ? inRenewalDir({ ...target, request }) : { ...target, request }, warnings }
}

/** A configuration file can name only one node. */
function refuseSameNode(targets: readonly Target<CsrRequest>[]): void {
  const names = targets.map(({ node }) => node.name)
  const second = names.find((name, i) => names.indexOf(name) < i)
  if (second === undefined) return
  throw new KadmError('USAGE', `two hosts have the same node name: ${second}`, {
    hint: 'omit nodeRegistration.name in the configuration file, or name one --host at a time',
  })
}

function nothingToRenew({ name }: ConnectedHost, other: string | undefined): KadmError {
  if (other === undefined) {
    const message = `no certificate on ${name} has a CA whose key is elsewhere`
    return new KadmError('USAGE', message, { hint: 'renew the certificates with `kadm certs renew all`' })
  }
  return new KadmError('USAGE', `${other} does not exist on ${name}, or its CA is on that host`, {
    hint: `renew it with \`kadm certs renew ${other}\`, or create it without --renewal`,
  })
}

/** Keeps the keys and the kubeconfigs in use until the new certificates are imported. */
function inRenewalDir({ cluster, request, ...rest }: Target<CsrRequest>): Target<CsrRequest> {
  const dir = renewalDir(cluster.config.certificatesDir)
  const config = { ...cluster.config, certificatesDir: dir }
  return { ...rest, cluster: { ...cluster, config }, request: { ...request, kubeconfigDir: dir } }
}
