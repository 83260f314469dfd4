import type { CsrRequest } from '../../cluster/csr-request.ts'
import { clusterEndpoint, localEndpoint } from '../../cluster/endpoints.ts'
import { keyName } from '../../cluster/session.ts'
import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import { noAltNames } from '../../pki/alt-names.ts'
import { certSpec } from '../../pki/cert-table.ts'
import { createSigningRequest } from '../../pki/create-request.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { kubeconfigSpec } from '../../pki/kubeconfig-table.ts'
import { type Profile, profiles } from '../../pki/profile.ts'
import { renderKubeconfig } from '../../render/kubeconfig.ts'
import type { ControlPlaneContext, ControlPlanePhase, Target } from '../phase.ts'

type Context = ControlPlaneContext<CsrRequest>
type Pair = Extract<Profile, { kind: 'pair' }>
type Conf = Extract<Profile, { kind: 'kubeconfig' }>

const kubeadm = { partOf: 'certs generate-csr' }

/** kubeadm replaces no key, and finds existing files one at a time. */
export const checkAbsent: ControlPlanePhase<CsrRequest> = {
  id: 'certs-csr/check',
  title: 'Check that no key would be replaced',
  about: 'Fails if a key, a request or a kubeconfig exists already.',
  kubeadm,
  role: 'control-plane',
  run: refuseExisting,
}

export const certificateRequests: ControlPlanePhase<CsrRequest> = {
  id: 'certs-csr/certificates',
  title: 'Make the keys and requests of certificates',
  about: 'Generates the keys of the certificates, and requests for their signature.',
  kubeadm,
  role: 'control-plane',
  keys: ({ request }) => pairsOf(request).map(({ name }) => name),
  async run(ctx) {
    for (const profile of pairsOf(ctx.request)) await requestPair(ctx, profile)
  },
}

export const kubeconfigRequests: ControlPlanePhase<CsrRequest> = {
  id: 'certs-csr/kubeconfigs',
  title: 'Make the keys and requests of kubeconfigs',
  about: 'Writes kubeconfigs without certificates, and requests for the signature of these.',
  kubeadm,
  role: 'control-plane',
  keys: ({ request }) => confsOf(request).map(({ name }) => name),
  async run(ctx) {
    for (const profile of confsOf(ctx.request)) await requestConf(ctx, profile)
  },
}

function pairsOf({ names }: CsrRequest): readonly Pair[] {
  return profiles.filter((profile): profile is Pair => profile.kind === 'pair' && names.includes(profile.name))
}

function confsOf({ names }: CsrRequest): readonly Conf[] {
  return profiles.filter((profile): profile is Conf => profile.kind === 'kubeconfig' && names.includes(profile.name))
}

/** The path of a certificate without its ending, or of a kubeconfig. */
function pathOf(
  { cluster, request }: Pick<Target<CsrRequest>, 'cluster' | 'request'>,
  { kind, base }: Profile,
): string {
  return `${kind === 'pair' ? cluster.config.certificatesDir : request.kubeconfigDir}/${base}`
}

async function refuseExisting(ctx: Context): Promise<void> {
  const { host, request } = ctx
  const found = [...pairsOf(request), ...confsOf(request)].map(async (profile): Promise<readonly Problem[]> => {
    const path = pathOf(ctx, profile)
    const files = profile.kind === 'pair' ? [`${path}.key`, `${path}.csr`] : [path, `${path}.csr`, `${path}.key`]
    const stats = await Promise.all(files.map(file => host.stat(file)))
    return files.flatMap((file, i) => (stats[i] === undefined ? [] : [{ field: file, message: 'exists' }]))
  })
  const problems = (await Promise.all(found)).flat()
  const [first] = problems
  if (first === undefined) return
  // The words of kubeadm.
  const what = first.field?.includes('.conf') ? 'kube config:' : 'key or CSR'
  throw new KadmError('CERT_INVALID', `file already exists: ${what} ${first.field?.replace(/\.(key|csr)$/, '')}`, {
    problems,
    hint: 'use other directories with --cert-dir and --kubeconfig-dir; for an existing control plane use --renewal; or remove these files',
  })
}

async function requestPair(ctx: Context, profile: Pair): Promise<void> {
  const { cluster, node, host, session } = ctx
  const path = pathOf(ctx, profile)
  const spec = certSpec(profile.name)
  const key = await session.key(keyName(node, profile.name))
  const content = createSigningRequest({ subject: spec.subject(node), sans: spec.sans(cluster, node), key })
  await host.writePair(
    { path: `${path}.key`, content: privateKeyPem(key), mode: 0o600 },
    { path: `${path}.csr`, content, mode: 0o600 },
  )
  reportRequest(ctx, profile, content)
}

async function requestConf(ctx: Context, profile: Conf): Promise<void> {
  const { cluster, node, host, session } = ctx
  const path = pathOf(ctx, profile)
  const { name, endpoint } = kubeconfigSpec(profile.name)
  const key = await session.key(keyName(node, profile.name))
  const subject = profile.subject(node.name)
  // As in kubeadm, the kubelet gets the address of the cluster here.
  const everywhere = endpoint === 'cluster' || name === 'kubelet.conf'
  const kubeconfig = renderKubeconfig({
    clusterName: cluster.config.clusterName,
    server: everywhere ? clusterEndpoint(cluster, node) : localEndpoint(node),
    user: subject.commonName,
    clientKeyPem: privateKeyPem(key),
  })
  const content = createSigningRequest({ subject, sans: noAltNames, key })
  await host.writePair({ path, content: kubeconfig, mode: 0o600 }, { path: `${path}.csr`, content, mode: 0o600 })
  reportRequest(ctx, profile, content)
}

/** A request holds no secret. The command copies it to the operator. */
function reportRequest({ report }: Context, { base }: Profile, pem: string): void {
  report({ kind: 'result', key: 'request', value: `${base}\n${pem}` })
}
