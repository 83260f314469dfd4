import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf, type KubeObject } from '../../cluster/kube-object.ts'
import { type CaGoal, type RotateRequest, trustOf } from '../../cluster/rotation.ts'
import { withApi } from '../../ops/api.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { embedCa } from '../../pki/kubeconfig-edit.ts'
import { holds } from '../../pki/rotation.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { clusterGoal } from './goal.ts'

/** How long the controller manager may take to publish the CAs in all namespaces, in milliseconds. */
const publishMs = 180_000

/** Publishes the trusted CAs in the cluster, and waits until its controllers have done so everywhere. */
export const publishCas: ControlPlanePhase<RotateRequest> = {
  id: 'rotate-ca/publish',
  title: 'Publish the CAs in the cluster',
  about: 'Updates cluster-info, and waits until every namespace and the API server publish the trusted CAs.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    const goal = clusterGoal(ctx.request)
    await withApi(ctx, 'removing kubeadm-certs', kube => removeUploads(ctx, kube))
    if (goal !== undefined) {
      await withApi(ctx, 'updating cluster-info', kube => updateClusterInfo(kube, goal))
      await untilPublished(ctx, 'the CAs in every namespace', kube => namespacesWithout(kube, goal))
    }
    await untilPublished(ctx, 'the CAs of the API server', kube => authenticationWithout(kube, ctx.request.goals))
  },
}

/** Encrypted copies of the CAs are those of an earlier step, and no run can encrypt them again without their key. */
async function removeUploads({ report }: ControlPlaneContext, kube: Kube): Promise<void> {
  if (!(await kube.remove({ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: 'kubeadm-certs' })))
    return
  const text = 'the Secret kubeadm-certs held the earlier CAs and is deleted'
  report({ kind: 'warning', text: `${text}; upload them again with \`kadm init phase upload-certs --upload-certs\`` })
}

async function updateClusterInfo(kube: Kube, goal: CaGoal): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-public', name: 'cluster-info' }
  const found = await kube.get(ref)
  const text = dataOf(found).kubeconfig
  if (text === undefined || parseKubeconfig(text, 'cluster-info').caPem === trustOf(goal)) return
  const kubeconfig = embedCa(text, trustOf(goal), 'cluster-info').reveal()
  await kube.patch(ref, { data: { kubeconfig } }, 'merge')
}

/** Waits until nothing is listed. */
async function untilPublished(
  ctx: ControlPlaneContext<RotateRequest>,
  what: string,
  missing: (kube: Kube) => Promise<readonly string[]>,
): Promise<void> {
  const kube = await ctx.kube('admin')
  let left: readonly string[] = []
  const probe = async () => {
    left = await missing(kube)
    return left.length === 0 ? true : undefined
  }
  await ctx.until(what, probe, {
    timeoutMs: publishMs,
    intervalMs: 500,
    states: async () => left.slice(0, 10).map(name => `${name} does not have them yet`),
    assume: true,
  })
}

/** Returns the namespaces and tokens that do not hold exactly the trusted CAs. */
async function namespacesWithout(kube: Kube, goal: CaGoal): Promise<readonly string[]> {
  const [namespaces, maps, tokens] = await Promise.all([
    kube.list({ apiVersion: 'v1', kind: 'Namespace' }),
    kube.list({ apiVersion: 'v1', kind: 'ConfigMap', fieldSelector: 'metadata.name=kube-root-ca.crt' }),
    kube.list({ apiVersion: 'v1', kind: 'Secret', fieldSelector: 'type=kubernetes.io/service-account-token' }),
  ])
  const active = namespaces.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Active')
  const published = new Map(maps.map(map => [map.metadata.namespace, dataOf(map)['ca.crt'] ?? '']))
  return [
    ...active.map(({ metadata: { name } }) => name).filter(name => !publishes(published.get(name) ?? '', goal)),
    ...tokens.filter(token => !publishes(decoded(token), goal)).map(({ metadata }) => `the token ${metadata.name}`),
  ]
}

function decoded(token: KubeObject): string {
  return Buffer.from(dataOf(token)['ca.crt'] ?? '', 'base64').toString()
}

const authenticationRef = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system' },
  name: 'extension-apiserver-authentication',
}

/** The keys of the ConfigMap from which extension API servers read what they trust. */
const authenticationKeys = {
  ca: 'client-ca-file',
  'front-proxy-ca': 'requestheader-client-ca-file',
  'etcd-ca': undefined,
} as const

/** API servers add what they trust, and remove a CA only after it expires: one that is not trusted is removed here. */
async function authenticationWithout(kube: Kube, goals: readonly CaGoal[]): Promise<readonly string[]> {
  const data = dataOf(await kube.get(authenticationRef))
  const wrong = goals.flatMap(goal => {
    const key = authenticationKeys[goal.ca]
    return key === undefined || publishes(data[key] ?? '', goal) ? [] : [{ key, goal }]
  })
  const cut = wrong.flatMap(({ key, goal }) => {
    const kept = without(certificatesIn(data[key] ?? ''), goal)
    return goal.both || kept.length === 0 ? [] : [[key, kept.map(({ pem }) => pem).join('')] as const]
  })
  if (cut.length > 0) await kube.patch(authenticationRef, { data: Object.fromEntries(cut) }, 'merge')
  return wrong.map(({ key }) => `${key} of ${authenticationRef.name}`)
}

function without(found: readonly Certificate[], { other }: CaGoal): readonly Certificate[] {
  const gone = parseCertificate(other.certificate)
  return found.filter(({ der }) => !der.equals(gone.der))
}

/** True if the text has the CAs that are trusted, and not the one that is not trusted any more. */
function publishes(text: string, goal: CaGoal): boolean {
  const found = certificatesIn(text)
  const [signer, other] = [parseCertificate(goal.signer.certificate), parseCertificate(goal.other.certificate)]
  return holds(found, signer) && holds(found, other) === goal.both
}

function certificatesIn(text: string): readonly Certificate[] {
  return text.includes('-----BEGIN CERTIFICATE-----') ? parseCertificates(text) : []
}
