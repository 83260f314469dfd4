import { staticPodComponents } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import { pairOf } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import type { RenewRequest } from '../cluster/request.ts'
import { completeRenew, type ParsedRenew } from '../config/certs-renew.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { ConnectedHost, HostReader } from '../host/host.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import type { Target } from '../phases/phase.ts'
import { findRenewNodes } from './renew-node.ts'

/** The nodes whose certificates are renewed. */
export interface NodesToRenew {
  /** In the order of the hosts. */
  readonly targets: readonly Target<RenewRequest>[]
  readonly controlPlanes: readonly RenewedControlPlane[]
  readonly warnings: readonly string[]
  /** The control plane whose CA signs the certificates of workers; absent without workers. */
  readonly source?: ConnectedHost
}

export interface RenewedControlPlane extends Target<RenewRequest> {
  readonly host: ConnectedHost
}

/** Reads the hosts of `certs renew`. Throws USAGE for a worker without a control plane of its cluster. */
export async function findNodesToRenew(hosts: readonly ConnectedHost[], parsed: ParsedRenew): Promise<NodesToRenew> {
  const isOne = await Promise.all(
    hosts.map(async host => parsed.certificatesDir === undefined && (await isWorker(host))),
  )
  const others = hosts.filter((_, i) => !isOne[i])
  const { targets: found, warnings } = await findRenewNodes(others, parsed)
  const controlPlanes = others.flatMap((host, i) => {
    const target = found[i]
    return target === undefined ? [] : [{ ...target, host }]
  })
  const targets = await Promise.all(
    hosts.map(async host => found[others.indexOf(host)] ?? workerTarget(host, parsed, controlPlanes[0])),
  )
  const source = targets.length === controlPlanes.length ? undefined : await signerOf(controlPlanes)
  return { targets, controlPlanes, warnings, ...given({ source }) }
}

/** A control plane has manifests, or the key of the CA. */
async function isWorker(host: HostReader): Promise<boolean> {
  const { key } = pairOf(paths.defaultCertificatesDir, 'ca')
  const [kubelet, ...signs] = await Promise.all(
    [`${paths.kubernetesDir}/kubelet.conf`, ...staticPodComponents.map(paths.manifest), key].map(path =>
      host.stat(path),
    ),
  )
  return kubelet !== undefined && signs.every(stat => stat === undefined)
}

async function workerTarget(
  host: HostReader,
  parsed: ParsedRenew,
  controlPlane: RenewedControlPlane | undefined,
): Promise<Target<RenewRequest>> {
  if (controlPlane === undefined) {
    throw new KadmError('USAGE', `${host.name} is a worker, and the CA of its cluster is on its control planes`, {
      hint: `name a control plane, too: \`kadm certs renew all --host cp1,${host.spec ?? host.name}\``,
    })
  }
  const place = await readNodePlace(host)
  const { config } = controlPlane.cluster
  const { cluster, request } = completeRenew({ ...parsed, config }, place, 'worker')
  const [node] = cluster.nodes
  if (node === undefined) throw new KadmError('INTERNAL', `no node was made for ${host.name}`)
  return { cluster, node, request }
}

/** Returns a control plane with the key of the CA, else the first one. */
async function signerOf(controlPlanes: readonly RenewedControlPlane[]): Promise<ConnectedHost | undefined> {
  const keys = await Promise.all(
    controlPlanes.map(({ host, cluster }) => host.stat(pairOf(cluster.config.certificatesDir, 'ca').key)),
  )
  return (controlPlanes[keys.findIndex(key => key !== undefined)] ?? controlPlanes[0])?.host
}
