import { posix } from 'node:path'
import type { RenewRequest } from '../../cluster/request.ts'
import { type Secret, secret } from '../../cluster/secret.ts'
import { keyName } from '../../cluster/session.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { timeOn } from '../../observe/machine/clock.ts'
import { type KubeletClient, readKubeletClient } from '../../observe/pki/kubelet-client.ts'
import { readRenewalCa } from '../../observe/pki/renewal-ca.ts'
import type { Renewal } from '../../ops/renewal.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { noAltNames } from '../../pki/alt-names.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { issueRenewed } from '../../pki/issue-from-table.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { embedCredentials } from '../../pki/kubeconfig-edit.ts'
import { kubeconfigSpec } from '../../pki/kubeconfig-table.ts'
import type { RenewalCa } from '../../pki/renewable.ts'
import type { PhaseContext } from '../phase.ts'

type Context = PhaseContext<RenewRequest>

/**
 * Replaces the client certificate of a kubelet if it has expired, or if the operator named it. Until it expires the
 * kubelet renews it by itself. A kubelet reads the new one when it starts.
 */
export async function renewKubeletClient(ctx: Context): Promise<Renewal> {
  const found = await readKubeletClient(ctx.host)
  if (found === undefined) return { outcome: 'missing' }
  const { certificate } = found
  if (certificate !== undefined && !isDue(ctx, certificate)) return { outcome: 'kept', certificate }
  const ca = await readCa(ctx)
  if (ca === undefined) return certificate === undefined ? { outcome: 'missing' } : { outcome: 'external', certificate }
  refuseOtherCluster(ctx, found, ca)
  const made = await issueFor(ctx, certificate, ca)
  await replace(ctx, found, made)
  return { outcome: 'renewed', certificate: made.certificate }
}

function isDue({ node, request }: Context, { notAfter }: Certificate): boolean {
  const leftMs = notAfter.getTime() - timeOn(node).getTime()
  if (leftMs <= 0) return true
  return request.kubelets === 'always' && leftMs <= (request.expiringWithinMs ?? Number.POSITIVE_INFINITY)
}

/** Reads the CA from this host, else from the control plane whose CA signs for workers. */
async function readCa({ cluster, node, host, source, session }: Context): Promise<RenewalCa | undefined> {
  const places = [...(node.role === 'control-plane' ? [host] : []), ...(source === undefined ? [] : [source])]
  for (const place of places) {
    const ca = await readRenewalCa(place, cluster, 'ca', session.startedAt)
    if (ca !== undefined) return ca
  }
  return undefined
}

/** A CA of another cluster would sign a certificate that no API server of this kubelet accepts. */
function refuseOtherCluster({ host, source }: Context, { path, trusted }: KubeletClient, ca: RenewalCa): void {
  if (trusted.length === 0 || trusted.some(one => one.der.equals(ca.certificates[0].der))) return
  const signer = source === undefined ? 'this host' : source.name
  throw new KadmError('CERT_INVALID', `${path} on ${host.name} does not trust the CA of ${signer}`, {
    hint: 'name only hosts of one cluster with --host',
  })
}

interface Made {
  readonly certificate: Certificate
  readonly caPem: string
  readonly keyPem: Secret
}

async function issueFor({ cluster, node, session }: Context, old: Certificate | undefined, ca: RenewalCa) {
  const key = await session.key(keyName(node, 'kubelet-client'))
  const subject = old?.subject ?? kubeconfigSpec('kubelet.conf').subject(node)
  const kept = { subject, usages: ['clientAuth'] as const, sans: noAltNames }
  const validityMs = cluster.config.certificateValidityPeriod
  const certificate = issueRenewed(kept, { key, issuer: ca.issuer, startedAt: session.startedAt, validityMs })
  return { certificate, caPem: ca.certificates[0].pem, keyPem: privateKeyPem(key) }
}

async function replace(
  { host, node, session }: Context,
  { path, text, files }: KubeletClient,
  made: Made,
): Promise<void> {
  const { certificate, keyPem, caPem } = made
  const both = secret(`${certificate.pem}${keyPem.reveal()}`)
  if (files === undefined) {
    const content = embedCredentials(text, { caPem, certificatePem: certificate.pem, keyPem }, path)
    return host.writeFile({ ...(await replacedFile(host, path, 0o600)), content })
  }
  if (files.key !== files.certificate) {
    const [keyFile, certificateFile] = await Promise.all([
      replacedFile(host, files.key, 0o600),
      replacedFile(host, files.certificate, 0o600),
    ])
    return host.writePair({ ...keyFile, content: keyPem }, { ...certificateFile, content: certificate.pem })
  }
  const file = await replacedFile(host, files.certificate, 0o600)
  // The kubelet rotates its certificate only where a link leads to it.
  if (file.path !== files.certificate) return host.writeFile({ ...file, content: both })
  const target = datedName(files.certificate, session.startedAt.getTime() + (node.facts.clock?.aheadMs ?? 0))
  await host.writeFile({ path: target, mode: 0o600, content: both })
  await host.exec(['ln', '-sfn', '--', target, files.certificate], {
    outcome: { files: [{ path: files.certificate }] },
  })
}

/** `kubelet-client-2026-11-30-12-00-00.pem`, as the kubelet names a new certificate. */
function datedName(current: string, ms: number): string {
  const time = new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, '-')
  return posix.join(posix.dirname(current), posix.basename(current).replace(/current(?=\.pem$)/, time))
}
