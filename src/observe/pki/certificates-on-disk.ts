import type { Cluster } from '../../cluster/cluster.ts'
import type { CertificateOnDisk, CertificateState, Unanswered } from '../../cluster/state.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type CertSpec, certsOf } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import type { FoundPair } from '../../pki/reuse.ts'
import { matchesKey } from '../../pki/verify.ts'
import { readPair } from './certificate-inputs.ts'

export interface FoundOnDisk {
  readonly onDisk: readonly CertificateOnDisk[]
  /** Files that hold no readable certificate or key. */
  readonly unanswered: readonly Unanswered[]
}

/** Reads the certificates of the table that exist on a host. */
export async function readCertificatesOnDisk(
  host: HostReader,
  cluster: Pick<Cluster, 'config'>,
  specs: readonly CertSpec[] = certsOf(cluster),
): Promise<FoundOnDisk> {
  const pairs = await Promise.all(specs.map(async spec => ({ spec, found: await readPair(host, cluster, spec) })))
  const onDisk: CertificateOnDisk[] = []
  const unanswered: Unanswered[] = []
  for (const { spec, found } of pairs.filter(pair => pair.found.certificate !== undefined)) {
    try {
      const certificate = parseCertificate(found.certificate ?? '', found.certificatePath)
      const { certificatePath: path, keyPath } = found
      const key = keyOf(certificate, found)
      onDisk.push({ host: host.name, name: spec.name, path, keyPath, ...certificateState(certificate), key })
    } catch (error) {
      if (!isAnswer(error)) throw error
      unanswered.push({ part: 'onDisk', from: `${found.certificatePath} on ${host.name}`, error })
    }
  }
  return { onDisk, unanswered }
}

function keyOf(certificate: Certificate, { key, keyPath }: FoundPair): CertificateOnDisk['key'] {
  if (key === undefined) return 'missing'
  return matchesKey(certificate, parsePrivateKey(key, keyPath)) ? 'matches' : 'differs'
}

/** Returns the contents of a certificate without keys. */
export function certificateState({
  subject,
  issuer,
  notBefore,
  notAfter,
  sans: { dns, ips },
  serial,
}: Certificate): CertificateState {
  return { subject, issuer, notBefore, notAfter, sans: { dns, ips }, serial }
}
