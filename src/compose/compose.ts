import type { Cri } from '../clients/cri/cri.ts'
import { journaledCri } from '../clients/cri/journaled.ts'
import type { Etcd } from '../clients/etcd/etcd.ts'
import { journaledEtcd } from '../clients/etcd/journaled.ts'
import type { KubeAccess } from '../clients/kube/access.ts'
import type { KubeClientOptions } from '../clients/kube/client.ts'
import { journaledKube } from '../clients/kube/journaled.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Node } from '../cluster/cluster.ts'
import { localEndpoint } from '../cluster/endpoints.ts'
import { given } from '../cluster/given.ts'
import { kadmVersion } from '../cluster/kadm-version.ts'
import { paths } from '../cluster/paths.ts'
import type { Session } from '../cluster/session.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { RunLog } from '../host/claim/run-log.ts'
import type { Host, HostReader } from '../host/host.ts'
import { type HostChange, journaled } from '../host/journal.ts'
import { readAccess } from '../observe/pki/access.ts'
import { readKubeconfig } from '../observe/pki/admin-conf.ts'
import type { ApiAt, Identity, Target } from '../phases/phase.ts'
import type { Open } from '../pipeline/execute.ts'
import { parseKubeconfig } from '../pki/kubeconfig.ts'
import { type Clients, realClients } from './clients.ts'
import { type DryRun, dryAdapters, realAdapters } from './dry.ts'

export interface Composition {
  readonly session: Session
  readonly hosts: ReadonlyMap<Node, Host>
  /** The run logs on the hosts that the run locks; absent for a run that changes nothing. */
  readonly logs?: ReadonlyMap<Node, RunLog>
  readonly source?: HostReader
  /** The hosts of the run are control planes of their cluster and remain so. */
  readonly onControlPlane?: true
  /** Nothing is changed; changes are only reported. */
  readonly dryRun?: DryRun
}

export interface Composed {
  readonly open: Open
  /** Servers of the cluster that a dry run assumes to be absent because they did not answer. */
  readonly absent: ReadonlySet<string>
  close(): void
}

/** Creates the adapters: for each step a host and API clients that record their changes. */
export function compose(parts: Composition, clients: Clients = realClients): Composed {
  const { session } = parts
  const adapters = parts.dryRun === undefined ? realAdapters(clients) : dryAdapters(parts.dryRun, clients)
  const kubes = new Map<string, Promise<Kube>>()
  const cris = new Map<Node, Promise<Cri>>()
  const etcds = new Map<Node, Promise<Etcd>>()
  const closers: (() => void)[] = []
  const ended = new AbortController()
  // Waits of a step that failed in another lane must not outlive the run.
  const until = adapters.until(AbortSignal.any([session.signal, ended.signal]))
  closers.push(() => ended.abort())

  const hostOf = (node: Node): Host => {
    const host = parts.hosts.get(node)
    if (host === undefined) throw new KadmError('INTERNAL', `no connection was made to ${node.name}`)
    return adapters.host(host)
  }
  const once = <K, T extends { close(): void }>(cache: Map<K, Promise<T>>, key: K, make: () => Promise<T>) => {
    const known = cache.get(key)
    if (known !== undefined) return known
    const made = make().then(client => {
      closers.push(() => client.close())
      return client
    })
    made.catch(() => cache.delete(key))
    cache.set(key, made)
    return made
  }

  const kubeOf = (host: Host, target: Target, as: Identity, at: ApiAt): Promise<Kube> =>
    once(kubes, `${as}@${target.node.name} ${at} ${target.request.kubeconfig}`, async () => {
      const kube = adapters.kube(await kubeOptions(parts, host, target, as, at))
      return as === 'admin' ? adapters.admin(kube, () => kubeOf(host, target, 'super-admin', at)) : kube
    })
  // A joining control plane has no API server yet: it starts only after etcd.
  const etcdOf = (host: Host, target: Target) =>
    once(etcds, target.node, async () => {
      const kube = () => kubeOf(host, target, 'admin', 'cluster')
      return adapters.etcd(() => clients.etcd({ config: target.cluster.config, host, kube }))
    })

  const open: Open = ({ task }, { record, report }) => {
    const { node } = task
    const host = hostOf(node)
    const changed = (change: HostChange) => {
      // A client has the credentials of its kubeconfig, and does not outlive them.
      if (change.what.endsWith('.conf')) kubes.clear()
      record({ ...change, on: node.name })
    }
    return {
      host: journaled(host, changed, parts.logs?.get(node)?.keep),
      operator: async () => {
        const { connectLocal } = await import('../host/connect-local.ts')
        return journaled(adapters.host(await connectLocal()), change => record({ ...change, on: 'this host' }))
      },
      ...given({ source: parts.source }),
      named: { machine: host.spec, controlPlane: parts.source?.spec ?? (parts.onControlPlane && host.spec) },
      session,
      kube: async (as, at = 'node') => journaledKube(await kubeOf(host, task, as, at), record),
      cri: async () =>
        journaledCri(
          await once(cris, node, async () => adapters.cri(clients.cri({ host, socket: node.criSocket }))),
          node.name,
          record,
        ),
      etcd: async () => journaledEtcd(await etcdOf(host, task), record),
      probe: (server, path, access) => adapters.probe(clients.probe(host, server, path, access)),
      until,
      report,
    }
  }
  return { open, absent: adapters.absent, close: () => closers.forEach(close => void close()) }
}

/**
 * As in kubeadm since 1.37, admin.conf at its default path connects to the API server of its own node, not to a load
 * balancer, if `at` is `node`.
 */
async function kubeOptions(
  parts: Composition,
  host: Host,
  { node, request }: Target,
  as: Identity,
  at: ApiAt,
): Promise<KubeClientOptions> {
  const { session, dryRun } = parts
  const common = { host, userAgent: `kadm/${kadmVersion}` }
  if (as === 'bootstrap') return { ...common, kubeconfig: await bootstrapAccess(parts, host) }
  if (as === 'kubelet') return { ...common, kubeconfig: await fileAccess(host, 'kubelet.conf') }
  if (as === 'source') return sourceOptions(parts, common)
  const standard = `${paths.kubernetesDir}/admin.conf`
  const path = as === 'admin' ? request.kubeconfig : request.kubeconfig.replace(/[^/]+$/, 'super-admin.conf')
  const kubeconfig = await readAccess(host, await readKubeconfig(host, path))
  // In a dry run no API server starts on a joining node.
  const joining = dryRun !== undefined && session.discovered !== undefined
  const own =
    at === 'node' &&
    request.kubeconfig === standard &&
    !joining &&
    node.role === 'control-plane' &&
    node.advertiseAddress !== ''
  return { ...common, kubeconfig, ...(own ? { serverOverride: localEndpoint(node) } : {}) }
}

/** Returns the options for the admin.conf of the control plane that the join reads from. */
async function sourceOptions(
  { source }: Composition,
  common: { readonly userAgent: string },
): Promise<KubeClientOptions> {
  if (source === undefined) throw new KadmError('INTERNAL', 'no control plane was given to read from')
  return { ...common, host: source, kubeconfig: await fileAccess(source, 'admin.conf') }
}

async function fileAccess(host: HostReader, name: string): Promise<KubeAccess> {
  return readAccess(host, await readKubeconfig(host, `${paths.kubernetesDir}/${name}`))
}

/** Returns the bootstrap credentials. A dry run creates no token and reads with the admin.conf of the source. */
async function bootstrapAccess({ session, source, dryRun }: Composition, host: Host): Promise<KubeAccess> {
  if (dryRun !== undefined && source !== undefined) {
    return fileAccess(source, 'admin.conf')
  }
  const text = session.discovered?.bootstrapKubeconfig.reveal()
  if (text === undefined) throw new KadmError('INTERNAL', 'no cluster was discovered')
  return readAccess(host, parseKubeconfig(text))
}
