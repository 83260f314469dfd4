import { type Kube, refOf } from '../../clients/kube/kube.ts'
import { dataOf, type KubeObject } from '../../cluster/kube-object.ts'
import type { InitRequest } from '../../cluster/request.ts'
import type { Secret } from '../../cluster/secret.ts'
import { emptyUploads, uploadedFiles } from '../../cluster/uploaded-files.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { findToken, readTokens, type StoredToken } from '../../observe/cluster/bootstrap-tokens.ts'
import { ensureObjects, withApi } from '../../ops/api.ts'
import { ensureObject } from '../../ops/ensure-object.ts'
import { certsTtlMs, certsTtlToken } from '../../pki/bootstrap-token.ts'
import { openSealed, seal } from '../../pki/certificate-key.ts'
import { bootstrapTokenSecret } from '../../render/objects/bootstrap-token.ts'
import { kubeadmCertsSecret } from '../../render/objects/kubeadm-certs.ts'
import { kubeadmCertsRbac } from '../../render/objects/rbac.ts'
import { certificateKeyFlags } from '../flag-groups.ts'
import type { Phase, PhaseContext } from '../phase.ts'

type Files = ReadonlyMap<string, Uint8Array>

/** Shares CA keys with joining control planes: encrypted with the certificate key, deleted after two hours. */
export const uploadCerts: Phase<InitRequest> = {
  id: 'upload-certs',
  title: 'Upload encrypted certificates for other control planes',
  about:
    'Stores the keys that control planes share in the cluster, encrypted, for two hours; only with `--upload-certs`.',
  flags: [...certificateKeyFlags, 'kubeconfig', 'skip-certificate-key-print', 'upload-certs'],
  needs: [],
  skip: ({ request }) => (request.uploadCerts ? undefined : 'only with --upload-certs'),
  async run(ctx) {
    const key = ctx.request.certificateKey
    if (key === undefined) throw new KadmError('INTERNAL', 'this run has no certificate key')
    const files = await readFiles(ctx)
    await withApi(ctx, 'uploading certificates', async kube => {
      const found = await kube.get(secretRef)
      const lasts = await isNew(kube, found, ctx.session.startedAt)
      if (!lasts || !holds(found, files, key)) await upload(ctx, kube, files, key)
    })
    await ensureObjects(ctx, 'rights to read kubeadm-certs', kubeadmCertsRbac())
    ctx.report({ kind: 'result', key: 'certificateKey', value: key })
  },
}

const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: 'kubeadm-certs' }

async function readFiles({ cluster, host }: PhaseContext): Promise<Files> {
  const wanted = uploadedFiles(cluster.config)
  const read = await Promise.all(wanted.map(({ path }) => host.readFile(path)))
  const missing = wanted.filter((_, i) => read[i] === undefined)
  if (missing.length > 0) {
    throw new KadmError(
      'CERT_INVALID',
      `cannot upload certificates: ${missing.map(file => file.path).join(', ')} missing`,
      {
        hint: 'with an external CA the keys are not on this host: copy the certificates to each control plane instead',
      },
    )
  }
  return new Map(wanted.map((file, i) => [file.key, read[i] ?? new Uint8Array()]))
}

/** True if the Secret can be decrypted with this key and contains the same files: then nothing is written. */
function holds(found: KubeObject | undefined, files: Files, key: Secret): boolean {
  const data = dataOf(found)
  try {
    return [...files].every(([name, content]) => {
      const sealed = data[name]
      return sealed !== undefined && Buffer.from(content).equals(openSealed(key, Buffer.from(sealed, 'base64')))
    })
  } catch {
    return false
  }
}

async function upload(ctx: PhaseContext, kube: Kube, files: Files, key: Secret): Promise<void> {
  const owner = await ensureOwner(kube, ctx.session.startedAt)
  const empty = emptyUploads(ctx.cluster.config).map(name => [name, new Uint8Array()] as const)
  const sealed = new Map<string, Uint8Array>([
    ...empty,
    ...[...files].map(([name, content]) => [name, seal(key, content)] as const),
  ])
  await ensureObject(kube, kubeadmCertsSecret(sealed, { name: owner.metadata.name, uid: owner.metadata.uid ?? '' }))
}

/** Reuses a recent token of a killed run. An older one would expire, and delete the Secret, too early. */
async function ensureOwner(kube: Kube, now: Date): Promise<KubeObject> {
  const wanted = { ...certsTtlToken(), drawn: true }
  const found = await findToken(kube, wanted, now)
  const object = bootstrapTokenSecret({ ...wanted, ...(isFresh(found, now) ? { token: found.token } : {}) }, now)
  return (await kube.get(refOf(object))) ?? (await kube.create(object))
}

/** False for a Secret whose owner expires early: a new upload extends it by two hours. */
async function isNew(kube: Kube, found: KubeObject | undefined, now: Date): Promise<boolean> {
  if (found === undefined) return false
  const { tokens } = await readTokens(kube)
  const owners = (found.metadata.ownerReferences ?? []) as readonly { readonly name?: string }[]
  return owners.some(({ name }) =>
    isFresh(
      tokens.find(({ id }) => name === `bootstrap-token-${id}`),
      now,
    ),
  )
}

function isFresh(found: StoredToken | undefined, now: Date): found is StoredToken {
  const left = (found?.expires?.getTime() ?? 0) - now.getTime()
  return left > 0.9 * certsTtlMs
}
