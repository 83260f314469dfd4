import { type CriClientOptions, criClient } from '../clients/cri/client.ts'
import type { Cri } from '../clients/cri/cri.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import type { TlsAccess } from '../clients/https/tls-access.ts'
import { type KubeClientOptions, kubeClient } from '../clients/kube/client.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { HostReader } from '../host/host.ts'
import type { HealthAnswer } from '../observe/cluster/api-health.ts'
import { type EtcdAccess, openEtcd } from './etcd.ts'

/** Creates the clients of a run. Tests pass fakes and compose a run as the product does. */
export interface Clients {
  readonly kube: (options: KubeClientOptions) => Kube
  readonly cri: (options: CriClientOptions) => Cri
  readonly etcd: (options: EtcdAccess) => Promise<Etcd>
  /** Returns the response of an https URL as reached from the host. Verifies the server only if `access` has a CA. */
  readonly probe: (host: HostReader, server: string, path: string, access?: TlsAccess) => Promise<HealthAnswer>
}

export const realClients: Clients = { kube: kubeClient, cri: criClient, etcd: openEtcd, probe }

async function probe(host: HostReader, server: string, path: string, access?: TlsAccess): Promise<HealthAnswer> {
  const kube = kubeClient({ host, kubeconfig: { server, ...access }, insecure: access?.caPem === undefined })
  try {
    return await kube.probe(path, { timeoutMs: 2000 })
  } finally {
    kube.close()
  }
}
