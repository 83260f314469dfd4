import type { BroughtCa, BroughtCertificate } from '../../cluster/csr-request.ts'
import { pairOf } from '../../cluster/node-files.ts'
import { isKadmError, KadmError, type Problem } from '../../errors/kadm-error.ts'
import { type ImportInputs, readImportCas, readImportInputs } from '../../observe/pki/import-inputs.ts'
import { certSpec } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { type JudgedImport, judgeImport } from '../../pki/judge-import.ts'
import { periodFault } from '../../pki/verify.ts'
import type { ImportContext } from './import-context.ts'

/** A certificate that fits its place. */
export interface PlannedImport {
  readonly inputs: ImportInputs
  readonly judged: JudgedImport
  readonly key: NonNullable<JudgedImport['key']>
  /** The kubeconfig that gets the certificate. */
  readonly kubeconfig?: string
  /** The CA for a kubeconfig that does not trust it yet. */
  readonly ca: Certificate
}

export interface ImportPlan {
  readonly cas: readonly { readonly path: string; readonly brought: BroughtCa }[]
  readonly certificates: readonly PlannedImport[]
  readonly warnings: readonly string[]
}

/** Verifies everything before anything is written. Throws CERT_INVALID with all faults. */
export async function planImport(ctx: ImportContext): Promise<ImportPlan> {
  const { certificates, cas } = ctx.request
  const judgedCas = await Promise.all(cas.map(ca => judgeCa(ctx, ca)))
  const judged = await Promise.all(certificates.map(one => judge(ctx, one)))
  const problems = [...judgedCas, ...judged].flatMap(one => one.problems)
  if (problems.length > 0) {
    const files = new Set(problems.map(({ file }) => file)).size
    const message = `${files} of ${cas.length + certificates.length} files cannot be imported on ${ctx.host.name}`
    throw new KadmError('CERT_INVALID', message, { problems, hint: 'bring other certificates; nothing was changed' })
  }
  return {
    cas: judgedCas.flatMap(({ install }) => (install === undefined ? [] : [install])),
    certificates: judged.flatMap(({ planned }) => (planned === undefined ? [] : [planned])),
    warnings: judged.flatMap(one => one.warnings),
  }
}

interface JudgedCa {
  readonly problems: readonly Problem[]
  readonly install?: ImportPlan['cas'][number]
}

async function judgeCa(ctx: ImportContext, brought: BroughtCa): Promise<JudgedCa> {
  const { from: file, pem, name } = brought
  const { certificate: path } = pairOf(ctx.cluster.config.certificatesDir, name)
  const own = parseCertificate(pem, file)
  const [found] = await readImportCas(ctx.host, { ...ctx, request: { ...ctx.request, cas: [] } }, name)
  if (found?.der.equals(own.der)) return { problems: [] }
  const period = periodFault(own, ctx.session.startedAt)?.reason
  const faults = [
    ...(own.isCa ? [] : ['is not the certificate of a CA']),
    ...(period === undefined ? [] : [period]),
    ...(found === undefined ? [] : [`is another CA than ${path} on ${ctx.host.name}; an import does not replace a CA`]),
  ]
  if (faults.length > 0) return { problems: faults.map(message => ({ file, message })) }
  return { problems: [], install: { path, brought } }
}

interface Judged {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  readonly planned?: PlannedImport
}

async function judge(ctx: ImportContext, brought: BroughtCertificate): Promise<Judged> {
  const { from: file, pem } = brought
  try {
    const inputs = await readImportInputs(ctx.host, ctx, brought)
    const [ca] = inputs.place.cas
    if (ca === undefined) return { problems: [{ file, message: missingCa(ctx, inputs) }], warnings: [] }
    const judged = judgeImport(pem, file, inputs.place, ctx.session.startedAt)
    const kubeconfig = inputs.profile.kind === 'pair' ? undefined : (inputs.text ?? brought.kubeconfig?.reveal())
    const faults = [...judged.faults, ...kubeconfigFaults(ctx, inputs, kubeconfig)]
    const warnings = judged.warnings.map(warning => `${file} ${warning}`)
    if (faults.length > 0 || judged.key === undefined) {
      return { problems: faults.map(message => ({ file, message })), warnings }
    }
    const base = kubeconfig === undefined ? {} : { kubeconfig }
    return { problems: [], warnings, planned: { inputs, judged, key: judged.key, ca, ...base } }
  } catch (error) {
    if (!isKadmError(error, 'CERT_INVALID') && !isKadmError(error, 'KUBECONFIG_INVALID')) throw error
    return { problems: [{ file, message: error.message }], warnings: [] }
  }
}

function missingCa({ cluster, host }: ImportContext, { profile: { signedBy } }: ImportInputs): string {
  const { certificate } = pairOf(cluster.config.certificatesDir, signedBy)
  return `cannot be verified: ${certificate} is not on ${host.name}, and ${certSpec(signedBy).base}.crt is not among the files`
}

function kubeconfigFaults(
  { host }: ImportContext,
  { profile, path }: ImportInputs,
  text: string | undefined,
): readonly string[] {
  if (profile.kind === 'pair') return []
  if (text !== undefined) return []
  return [
    `has no kubeconfig: ${path} does not exist on ${host.name}, and ${profile.base} is not next to the certificate`,
  ]
}
