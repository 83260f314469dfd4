import type { Cri } from '../../clients/cri/cri.ts'
import type { StaticPodComponent } from '../../cluster/components.ts'
import type { TlsServer } from '../../cluster/state.ts'
import type { HostReader } from '../../host/host.ts'
import { realPath } from '../../host/real-path.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { readText } from '../machine/read-text.ts'

import { runningContainers } from '../machine/running-containers.ts'
import { readStaticPod } from '../machine/static-pod.ts'
import { type PodServer, serverFlags } from '../pki/server-files.ts'
import { readServedCertificates } from './served-certificates.ts'

/** A static pod that does not serve or use the certificate in a file. */
export interface OutdatedUse {
  readonly component: StaticPodComponent
  /** `serves`: it presents another one. `uses`: it started before the file changed. `silent`: it presents none. */
  readonly how: 'serves' | 'uses' | 'silent'
  readonly file: string
  /** The server, unless it is a client. */
  readonly server?: PodServer
  /** Why a server is silent. */
  readonly why?: string
}

/**
 * Components that read their client certificate only when they start. kube-apiserver and etcd read their client
 * certificates for every connection, and all components read the certificates that they serve again.
 */
const readOnce: readonly StaticPodComponent[] = ['kube-controller-manager', 'kube-scheduler']
const kubeconfigFlags = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig']

/** Returns what the static pods of a control plane, or one of them, do not serve or use as their files have it. */
export async function findOutdated(
  host: HostReader,
  cri: () => Promise<Cri>,
  only?: StaticPodComponent,
): Promise<readonly OutdatedUse[]> {
  const wanted = (component: StaticPodComponent) => only === undefined || only === component
  const servers = await outdatedServers(host, wanted)
  const clients = await Promise.all(readOnce.filter(wanted).map(component => outdatedClient(host, cri, component)))
  return [...servers, ...clients.flat()]
}

/**
 * Returns the first of these files that changed after the running container of a static pod was created; undefined if
 * there is none, or if no container runs.
 */
export async function startedBefore(
  host: HostReader,
  cri: () => Promise<Cri>,
  component: StaticPodComponent,
  files: readonly string[],
): Promise<string | undefined> {
  if (files.length === 0) return undefined
  const [running, ...stats] = await Promise.all([
    cri().then(runtime => runningContainers(runtime, component)),
    ...files.map(async path => {
      const stat = await host.stat(path)
      return stat?.kind === 'link' ? host.stat(await realPath(host, path)) : stat
    }),
  ])
  return files.find((_, i) => {
    const changed = stats[i]?.ctime
    return changed !== undefined && running.some(({ createdAt }) => createdAt < changed)
  })
}

async function outdatedClient(
  host: HostReader,
  cri: () => Promise<Cri>,
  component: StaticPodComponent,
): Promise<readonly OutdatedUse[]> {
  const flags = (await readStaticPod(host, component))?.flags
  const files = [...new Set(kubeconfigFlags.flatMap(name => flags?.get(name) || []))]
  const file = await startedBefore(host, cri, component, files)
  return file === undefined ? [] : [{ component, how: 'uses', file }]
}

async function outdatedServers(
  host: HostReader,
  wanted: (component: StaticPodComponent) => boolean,
): Promise<readonly OutdatedUse[]> {
  const isWanted = (server: TlsServer | undefined): server is PodServer =>
    server !== undefined && server !== 'kubelet' && wanted(serverFlags[server][0])
  const { served, unanswered } = await readServedCertificates(host, isWanted)
  const found = [
    ...served.map(({ server, serial }) => ({ server, serial })),
    ...unanswered.map(({ server, error }) => ({ server, why: error.message })),
  ]
  const outdated = await Promise.all(
    found.map(async ({ server, ...answer }): Promise<readonly OutdatedUse[]> => {
      if (!isWanted(server)) return []
      const [component, certificateFlag] = serverFlags[server]
      const file = (await readStaticPod(host, component))?.flags.get(certificateFlag) || undefined
      const text = file === undefined ? undefined : await readText(host, file)
      if (file === undefined || text === undefined) return []
      if ('why' in answer) return [{ component, how: 'silent', file, server, why: answer.why }]
      return parseCertificate(text, file).serial === answer.serial ? [] : [{ component, how: 'serves', file, server }]
    }),
  )
  return outdated.flat()
}
