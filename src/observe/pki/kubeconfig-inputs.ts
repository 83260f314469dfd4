import type { Cluster } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { BaseRequest } from '../../cluster/request.ts'
import type { HostReader } from '../../host/host.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Issuer } from '../../pki/issue.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import type { KubeconfigSpec } from '../../pki/kubeconfig-table.ts'
import { readText } from '../machine/read-text.ts'
import { readCaPair, readIssuer } from './issuer.ts'

/** Reads a kubeconfig and the cluster CA from a host. Throws CERT_INVALID if that CA is missing. */
export async function readKubeconfigInputs(
  host: HostReader,
  {
    cluster,
    request: { kubeconfigDir },
  }: { readonly cluster: Cluster; readonly request: Pick<BaseRequest, 'kubeconfigDir'> },
  spec: KubeconfigSpec,
): Promise<{
  readonly file: string
  readonly text?: string
  readonly referredCa?: string
  readonly cas: readonly Certificate[]
  readonly issuer: () => Promise<Issuer>
}> {
  const file = `${kubeconfigDir}/${spec.name}`
  const [text, ca] = await Promise.all([readText(host, file), readCaPair(host, cluster, 'ca')])
  const caFile = text === undefined ? undefined : parseKubeconfig(text).caFile
  const referredCa = caFile === undefined ? undefined : await readText(host, caFile)
  return {
    file,
    ...given({ text, referredCa }),
    cas: ca.certificates,
    issuer: () => readIssuer(host, cluster, 'ca', file),
  }
}
