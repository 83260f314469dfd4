import type { CertName } from '../../cluster/node-files.ts'
import { readCertificateInputs } from '../../observe/pki/certificate-inputs.ts'
import { ensureCertificate } from '../../ops/ensure-certificate.ts'
import { certTable, isEtcdCert } from '../../pki/cert-table.ts'
import type { Phase } from '../phase.ts'
import { ensureServiceAccountKey } from './service-account.ts'

const common = ['cert-dir', 'kubernetes-version']
const apiserverFlags = [
  'apiserver-advertise-address',
  'apiserver-cert-extra-sans',
  'control-plane-endpoint',
  'service-cidr',
  'service-dns-domain',
]

/** One phase per row of the table of certificates. */
export const certs = Object.fromEntries(
  certTable.map((spec): readonly [CertName, Phase] => [
    spec.name,
    {
      id: `certs/${spec.name}`,
      title: `Make ${spec.base}.crt`,
      ...(spec.usages.includes('serverAuth') ? {} : { needs: [] }),
      flags: spec.name === 'apiserver' ? [...common, ...apiserverFlags] : common,
      skip: ({ cluster: { config } }) =>
        isEtcdCert(spec) && config.etcd.external !== undefined ? 'etcd is external' : undefined,
      keys: () => [spec.name],
      run: async ctx => ensureCertificate(ctx, spec, await readCertificateInputs(ctx.host, ctx.cluster, spec)),
    },
  ]),
) as Readonly<Record<CertName, Phase>>

export const sa: Phase = {
  id: 'certs/sa',
  title: 'Make the key pair of service accounts',
  flags: common,
  needs: [],
  keys: () => ['sa'],
  run: ensureServiceAccountKey,
}
