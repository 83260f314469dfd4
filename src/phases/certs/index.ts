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

const about: Readonly<Record<CertName, string>> = {
  ca: 'Creates the CA of the cluster.',
  apiserver: 'Creates the certificate with which kube-apiserver serves.',
  'apiserver-kubelet-client': 'Creates the certificate with which kube-apiserver connects to kubelets.',
  'front-proxy-ca': 'Creates the CA of the aggregation layer.',
  'front-proxy-client': 'Creates the certificate with which kube-apiserver connects to extension API servers.',
  'etcd-ca': 'Creates the CA of etcd; skipped with an external etcd.',
  'etcd-server': 'Creates the certificate with which etcd serves; skipped with an external etcd.',
  'etcd-peer': 'Creates the certificate between members of etcd; skipped with an external etcd.',
  'etcd-healthcheck-client': "Creates the certificate of etcd's liveness probe; skipped with an external etcd.",
  'apiserver-etcd-client':
    'Creates the certificate with which kube-apiserver connects to etcd; skipped with an external etcd.',
}

/** One phase per row of the certificate table. */
export const certs = Object.fromEntries(
  certTable.map((spec): readonly [CertName, Phase] => [
    spec.name,
    {
      id: `certs/${spec.name}`,
      title: `Make ${spec.base}.crt`,
      about: about[spec.name],
      role: 'control-plane',
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
  title: 'Generate the service account key pair',
  about: 'Creates the key pair that signs tokens of service accounts.',
  flags: common,
  needs: [],
  keys: () => ['sa'],
  run: ensureServiceAccountKey,
}
