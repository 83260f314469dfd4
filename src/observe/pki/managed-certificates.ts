import type { ReportedCertificate } from '../../cluster/certificate-report.ts'
import { given } from '../../cluster/given.ts'
import type { CaName } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import type { HostReader } from '../../host/host.ts'
import type { AltNames } from '../../pki/alt-names.ts'
import type { NamedNode } from '../../pki/cert-sans.ts'
import { type CertSpec, certsOf } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { type CertificateContext, certificateProblems } from '../../pki/certificate-problems.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import type { FoundPair } from '../../pki/reuse.ts'
import { readPair } from './certificate-inputs.ts'
import { attempt, keyState, reportKubeconfig } from './reported-kubeconfig.ts'

/** What a check compares the files of a host with. */
export interface CheckScope {
  readonly config: ClusterConfiguration
  /** The names that the configuration asks for in a certificate; absent if the configuration or the node is not known. */
  readonly sansOf?: (spec: CertSpec) => AltNames
  readonly now: Date
}

/** The certificates of kubeadm's table on a host, sorted as kubeadm sorts them, and its CAs by name. */
export interface ManagedCertificates {
  readonly rows: readonly ReportedCertificate[]
  readonly cas: ReadonlyMap<CaName, readonly Certificate[]>
}

/** Reads the certificates of kubeadm's table. A file that is missing or cannot be read is a row, too. */
export async function readManagedCertificates(host: HostReader, scope: CheckScope): Promise<ManagedCertificates> {
  const { config, now } = scope
  const specs = certsOf({ config })
  const pairs = await Promise.all(specs.map(async spec => ({ spec, found: await readPair(host, { config }, spec) })))
  const cas = new Map(
    pairs.flatMap(({ spec, found }) =>
      spec.signedBy === undefined ? [[spec.name as CaName, certificatesIn(found)] as const] : [],
    ),
  )
  const external = new Set(
    pairs.flatMap(({ spec, found }) =>
      spec.signedBy === undefined && found.certificate !== undefined && found.key === undefined ? [spec.name] : [],
    ),
  )
  const certificates = pairs.map(({ spec, found }) => reportPair(host, { spec, found, cas, external }, scope))
  const cluster = { cas: cas.get('ca') ?? [], caName: 'ca', externallyManaged: external.has('ca'), now }
  const kubeconfigs = await Promise.all(
    kubeconfigTable
      .filter(({ renewable }) => renewable)
      .map(({ name }) => reportKubeconfig(host, { name, path: `${paths.kubernetesDir}/${name}`, ...cluster })),
  )
  const managed = kubeconfigs.map(row => ({ ...row, kind: 'managed' as const }))
  const rows = [...certificates, ...managed].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { rows, cas }
}

function certificatesIn({ certificate, certificatePath }: FoundPair): readonly Certificate[] {
  if (certificate === undefined) return []
  return attempt(() => parseCertificates(certificate, certificatePath)).value ?? []
}

function reportPair(
  host: HostReader,
  {
    spec,
    found,
    cas,
    external,
  }: {
    readonly spec: CertSpec
    readonly found: FoundPair
    readonly cas: ManagedCertificates['cas']
    readonly external: ReadonlySet<string>
  },
  { sansOf, now }: CheckScope,
): ReportedCertificate {
  const { signedBy } = spec
  const row = {
    ...{ host: host.name, name: spec.name, from: found.certificatePath, missing: found.certificate === undefined },
    kind: signedBy === undefined ? ('ca' as const) : ('managed' as const),
    externallyManaged: found.certificate !== undefined && external.has(signedBy ?? spec.name),
    problems: [],
  }
  if (found.certificate === undefined) return row
  const named = { ...row, ...given({ caName: signedBy }) }
  const parsed = attempt(() => parseCertificates(found.certificate ?? '', found.certificatePath))
  if (parsed.value === undefined) return { ...named, problems: [parsed.problem] }
  const [leaf, ...intermediates] = parsed.value
  const key = attempt(() => keyState(leaf, found.key, found.keyPath))
  const context: CertificateContext = {
    intermediates,
    ...given({ cas: signedBy && (cas.get(signedBy) ?? []), sans: signedBy && sansOf?.(spec) }),
    // Without a key, a CA is external.
    ...(key.value === undefined || (signedBy === undefined && key.value === 'missing')
      ? {}
      : { key: { path: found.keyPath, state: key.value } }),
  }
  const problems = [...certificateProblems(leaf, context, now), ...(key.value === undefined ? [key.problem] : [])]
  return { ...named, notAfter: leaf.notAfter, serial: leaf.serial, problems }
}

/** Returns the names that the configuration asks for on a node. */
export function configuredSans(config: ClusterConfiguration, node: NamedNode): (spec: CertSpec) => AltNames {
  return spec => spec.sans({ config }, node)
}
