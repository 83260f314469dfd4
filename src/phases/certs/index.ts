import { certTable, isEtcdCert } from '../../pki/cert-table.ts'
import type { Phase } from '../phase.ts'
import { ensureCertificate } from './ensure-certificate.ts'
import { ensureServiceAccountKey } from './service-account.ts'

/** One phase per row of the table of certificates. */
const phases: readonly (Phase & { readonly ca: boolean })[] = certTable.map(spec => ({
  id: `certs/${spec.name}`,
  ca: spec.signedBy === undefined,
  title: `Make ${spec.base}.crt`,
  skip: cluster => (isEtcdCert(spec) && cluster.config.etcd.external !== undefined ? 'etcd is external' : undefined),
  run: ctx => ensureCertificate(ctx, spec),
}))

export const cas: readonly Phase[] = phases.filter(phase => phase.ca)
export const leaves: readonly Phase[] = phases.filter(phase => !phase.ca)

export const sa: Phase = {
  id: 'certs/sa',
  title: 'Make the key pair of service accounts',
  run: ensureServiceAccountKey,
}
