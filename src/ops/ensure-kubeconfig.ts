import { clusterEndpoint, localEndpoint } from '../cluster/endpoints.ts'
import { given } from '../cluster/given.ts'
import { keyName } from '../cluster/session.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Issuer } from '../pki/issue.ts'
import { issueClient } from '../pki/issue-from-table.ts'
import { privateKeyPem } from '../pki/keys.ts'
import { kubeconfigReuse } from '../pki/kubeconfig-reuse.ts'
import type { KubeconfigSpec } from '../pki/kubeconfig-table.ts'
import { renderKubeconfig } from '../render/kubeconfig.ts'
import type { NodeFiles } from './ensure-certificate.ts'

/** What was read of a kubeconfig, and the CA that it must trust. */
export interface KubeconfigInputs {
  /** Path of the file. */
  readonly file: string
  readonly text?: string
  /** Content of the file in `certificate-authority`. */
  readonly referredCa?: string
  readonly cas: readonly Certificate[]
  /** Throws CERT_INVALID if the CA key is not on this host. */
  readonly issuer: () => Promise<Issuer>
}

/** Keeps a kubeconfig that trusts this cluster's CA, and creates a missing one. */
export async function ensureKubeconfig(ctx: NodeFiles, spec: KubeconfigSpec, inputs: KubeconfigInputs): Promise<void> {
  const { cluster, node, session } = ctx
  const { file, text, cas, referredCa } = inputs
  const server = spec.endpoint === 'cluster' ? clusterEndpoint(cluster, node) : localEndpoint(node)
  const reuse = kubeconfigReuse(text, {
    file,
    server,
    ca: cas.map(certificate => certificate.pem).join(''),
    now: session.startedAt,
    ...given({ referredCa }),
  })
  if (reuse.action === 'keep') {
    for (const warning of reuse.warnings) ctx.report({ kind: 'warning', text: warning })
    return ctx.report({ kind: 'progress', text: `using the existing ${spec.name}` })
  }
  await create(ctx, spec, inputs, server)
}

async function create(ctx: NodeFiles, spec: KubeconfigSpec, inputs: KubeconfigInputs, server: string): Promise<void> {
  const { cluster, node, host, session } = ctx
  const [key, issuer] = await Promise.all([session.key(keyName(node, spec.name)), inputs.issuer()])
  const subject = spec.subject(node)
  const validityMs = cluster.config.certificateValidityPeriod
  const certificate = issueClient({ subject, key, issuer, startedAt: session.startedAt, validityMs })
  const content = renderKubeconfig({
    clusterName: cluster.config.clusterName,
    server,
    caPem: issuer.certificate.pem,
    user: subject.commonName,
    clientCertPem: certificate.pem,
    clientKeyPem: privateKeyPem(key),
  })
  await host.writeFile({ path: inputs.file, content, mode: 0o600 })
}
