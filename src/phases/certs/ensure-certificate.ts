import { readCaPair, readIssuer } from '../../observe/issuer.ts'
import { readPair } from '../../observe/left-certificates.ts'
import { type CertSpec, certPaths } from '../../pki/cert-table.ts'
import { issueFromTable } from '../../pki/issue-from-table.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { decideReuse } from '../../pki/reuse.ts'
import { wantedOf } from '../../pki/staleness.ts'
import type { PhaseContext } from '../phase.ts'

/** Keeps a pair that works, and makes one where there is none. The key is written first, as kubeadm does. */
export async function ensureCertificate(ctx: PhaseContext, spec: CertSpec): Promise<void> {
  const { cluster, node, host, session } = ctx
  const found = await readPair(host, cluster, spec)
  const cas = spec.signedBy === undefined ? [] : (await readCaPair(host, cluster, spec.signedBy)).certificates
  const reuse = decideReuse(found, wantedOf(spec, cluster, node, cas), session.startedAt)
  if (reuse.action === 'keep') {
    for (const text of reuse.warnings) ctx.report({ kind: 'warning', text })
    return ctx.report({ kind: 'progress', text: `using the existing ${spec.base}.crt` })
  }
  await create(ctx, spec, reuse.key)
}

async function create(ctx: PhaseContext, spec: CertSpec, left?: Awaited<ReturnType<PhaseContext['session']['key']>>) {
  const { cluster, node, host, session } = ctx
  const path = certPaths(cluster, spec)
  const [key, issuer] = await Promise.all([
    left ?? session.key(spec.name),
    spec.signedBy === undefined ? undefined : readIssuer(host, cluster, spec.signedBy, path.certificate),
  ])
  const input = { cluster, node, key, startedAt: session.startedAt, ...(issuer === undefined ? {} : { issuer }) }
  const made = issueFromTable(spec, input)
  if (left === undefined) {
    await host.writeFile({ path: path.key, content: privateKeyPem(key), mode: 0o600 })
  }
  await host.writeFile({ path: path.certificate, content: made.pem, mode: 0o644 })
  const { dns, ips } = made.sans
  if (spec.usages.includes('serverAuth')) {
    const text = `${spec.base}.crt is signed for DNS names [${dns.join(' ')}] and IPs [${ips.join(' ')}]`
    ctx.report({ kind: 'progress', text })
  }
}
