import type { Cluster } from '../../cluster/cluster.ts'
import type { CertName } from '../../cluster/node-files.ts'
import { readCertificateInputs } from '../../observe/pki/certificate-inputs.ts'
import { ensureCertificate } from '../../ops/ensure-certificate.ts'
import { certSpec } from '../../pki/cert-table.ts'
import { discoveryFlags } from '../flag-groups.ts'
import type { Phase } from '../phase.ts'

function certificates(part: string, title: string, names: readonly CertName[], external: readonly CertName[]): Phase {
  const of = ({ config }: Cluster) => (config.etcd.external === undefined ? names : external)
  return {
    id: `control-plane-prepare/certs/${part}`,
    title,
    about: `Creates the certificates of ${part === 'etcd' ? 'etcd; skipped with an external etcd' : 'kube-apiserver'}.`,
    kubeadm: { partOf: 'control-plane-prepare certs' },
    flags: ['apiserver-advertise-address', 'control-plane', ...discoveryFlags, 'node-name'],
    role: 'control-plane',
    skip: ({ cluster: { config } }) => (config.etcd.external && external.length === 0 ? 'etcd is external' : undefined),
    keys: ({ cluster }) => of(cluster),
    async run(ctx) {
      const wanted = of(ctx.cluster).map(certSpec)
      const ensure = async (spec: (typeof wanted)[number]) =>
        ensureCertificate(ctx, spec, await readCertificateInputs(ctx.host, ctx.cluster, spec))
      await Promise.all(wanted.map(ensure))
    },
  }
}

/** The certificates that etcd needs to join; they are needed first. */
export const etcdCerts = certificates(
  'etcd',
  'Generate the etcd certificates',
  ['etcd-healthcheck-client', 'etcd-server', 'etcd-peer'],
  [],
)

export const apiserverCerts = certificates(
  'apiserver',
  'Generate the API server certificates',
  ['apiserver', 'apiserver-etcd-client', 'apiserver-kubelet-client', 'front-proxy-client'],
  ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client'],
)
