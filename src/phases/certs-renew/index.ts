import type { RenewRequest } from '../../cluster/request.ts'
import { readRenewalInputs } from '../../observe/pki/renewal-inputs.ts'
import { renew } from '../../ops/renew.ts'
import { isEtcdCert } from '../../pki/cert-table.ts'
import { type Renewable, renewables } from '../../pki/renewable.ts'
import type { ControlPlanePhase } from '../phase.ts'
import { reportRenewal } from './report.ts'

export { renewKubelet, renewKubeletFiles } from './kubelet.ts'

/** One phase for each certificate that can be renewed. */
export const certsRenew: readonly ControlPlanePhase<RenewRequest>[] = renewables.map(renewable => ({
  id: `certs-renew/${renewable.name}`,
  title: `Renew ${fileName(renewable)}`,
  about: `Renews the ${renewable.longName}.`,
  kubeadm: { partOf: `certs renew ${renewable.name}` },
  role: 'control-plane',
  skip: ({ cluster, request }) => {
    if (renewable.kind === 'pair') {
      return isEtcdCert(renewable.spec) && cluster.config.etcd.external !== undefined ? 'etcd is external' : undefined
    }
    if (request.kubeconfigsOf === undefined) return undefined
    return `${renewable.name} belongs to ${request.kubeconfigsOf}, not to the directory of --cert-dir`
  },
  run: async ctx => reportRenewal(ctx, renewable, await renew(ctx, renewable, await readRenewalInputs(ctx, renewable))),
}))

function fileName(renewable: Renewable): string {
  return renewable.kind === 'pair' ? `${renewable.spec.base}.crt` : renewable.name
}
