import { clusterEndpoint, localEndpoint } from '../../cluster/endpoints.ts'
import { readCaPair, readIssuer, readText } from '../../observe/issuer.ts'
import { issueClient } from '../../pki/issue-from-table.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { kubeconfigReuse } from '../../pki/kubeconfig-reuse.ts'
import type { KubeconfigSpec } from '../../pki/kubeconfig-table.ts'
import { renderKubeconfig } from '../../render/kubeconfig.ts'
import type { PhaseContext } from '../phase.ts'

/** Keeps a kubeconfig that trusts this cluster's CA, and makes one where there is none. */
export async function ensureKubeconfig(ctx: PhaseContext, spec: KubeconfigSpec): Promise<void> {
  const { cluster, node, host, session } = ctx
  const file = `${cluster.run.kubeconfigDir}/${spec.name}`
  const server = spec.endpoint === 'cluster' ? clusterEndpoint(cluster, node) : localEndpoint(node)
  const [text, ca] = await Promise.all([readText(host, file), readCaPair(host, cluster, 'ca')])
  const reuse = kubeconfigReuse(text, {
    file,
    server,
    ca: ca.certificates.map(certificate => certificate.pem).join(''),
    now: session.startedAt,
    ...(await referredCa(ctx, text)),
  })
  if (reuse.action === 'keep') {
    for (const warning of reuse.warnings) ctx.report({ kind: 'warning', text: warning })
    return ctx.report({ kind: 'progress', text: `using the existing ${spec.name}` })
  }
  await create(ctx, spec, file, server)
}

async function create(
  { cluster, node, host, session }: PhaseContext,
  spec: KubeconfigSpec,
  file: string,
  server: string,
) {
  const [key, issuer] = await Promise.all([session.key(spec.name), readIssuer(host, cluster, 'ca', file)])
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
  await host.writeFile({ path: file, content, mode: 0o600 })
}

/** The content of `certificate-authority`, when the file refers to one instead of holding it. */
async function referredCa({ host }: PhaseContext, text: string | undefined): Promise<{ readonly referredCa?: string }> {
  const caFile = text === undefined ? undefined : parseKubeconfig(text).caFile
  const found = caFile === undefined ? undefined : await readText(host, caFile)
  return found === undefined ? {} : { referredCa: found }
}
