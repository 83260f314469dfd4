import type { KeyObject } from 'node:crypto'
import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { given } from '../cluster/given.ts'
import { pairOf } from '../cluster/node-files.ts'
import { keyName, type Session } from '../cluster/session.ts'
import type { Host } from '../host/host.ts'
import type { CertSpec } from '../pki/cert-table.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Issuer } from '../pki/issue.ts'
import { issueFromTable } from '../pki/issue-from-table.ts'
import { privateKeyPem } from '../pki/keys.ts'
import { decideReuse, type FoundPair } from '../pki/reuse.ts'
import { wantedOf } from '../pki/staleness.ts'

/** The part of a phase's context that writes files of a node. */
export interface NodeFiles {
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly host: Host
  readonly session: Pick<Session, 'key' | 'startedAt'>
  readonly report: (note: { readonly kind: 'progress' | 'warning'; readonly text: string }) => void
}

/** What was read of a certificate, and how to read the CA that signs it; no issuer for a CA. */
export interface CertificateInputs {
  readonly found: FoundPair
  readonly cas: readonly Certificate[]
  /** Throws CERT_INVALID if the CA key is not on this host. */
  readonly issuer?: () => Promise<Issuer>
}

/** Keeps a valid pair, and creates a missing one. As in kubeadm, the key is written first. */
export async function ensureCertificate(ctx: NodeFiles, spec: CertSpec, inputs: CertificateInputs): Promise<void> {
  const { cluster, node, session } = ctx
  const reuse = decideReuse(inputs.found, wantedOf(spec, cluster, node, inputs.cas), session.startedAt)
  if (reuse.action === 'keep') {
    for (const text of reuse.warnings) ctx.report({ kind: 'warning', text })
    return ctx.report({ kind: 'progress', text: `using the existing ${spec.base}.crt` })
  }
  await create(ctx, spec, inputs, reuse.key)
}

async function create(ctx: NodeFiles, spec: CertSpec, inputs: CertificateInputs, left?: KeyObject): Promise<void> {
  const { cluster, node, host, session } = ctx
  const path = pairOf(cluster.config.certificatesDir, spec.name)
  const [key, issuer] = await Promise.all([left ?? session.key(keyName(node, spec.name)), inputs.issuer?.()])
  const input = { cluster, node, key, startedAt: session.startedAt, ...given({ issuer }) }
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
