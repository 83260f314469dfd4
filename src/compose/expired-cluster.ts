import { readServedPem } from '../clients/https/served-certificate.ts'
import { isAnswer, orUndefined } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { componentUrl } from '../observe/machine/component-url.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import { readCertificatesOnDisk } from '../observe/pki/certificates-on-disk.ts'
import { readKubeletClient } from '../observe/pki/kubelet-client.ts'
import { certsOf } from '../pki/cert-table.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { realClients } from './clients.ts'
import type { RenewedControlPlane } from './renew-nodes.ts'

/** An earlier run that did not finish renewed certificates at most so long ago. */
const recentMs = 3_600_000

/**
 * True if no API server of these control planes is usable and certificates have expired: there is nothing to keep
 * running, and no control plane can become healthy before all have new certificates. Also true for certificates that
 * were just renewed, because an earlier run may have ended before it restarted the components.
 */
export async function hasExpired(controlPlanes: readonly RenewedControlPlane[], now: Date): Promise<boolean> {
  const answers = await Promise.all(controlPlanes.map(({ host }) => apiIsUsable(host, now)))
  // Without a static pod there is nothing to start: the host has only files.
  const started = controlPlanes.filter((_, i) => answers[i] !== undefined)
  if (started.length === 0 || answers.includes(true)) return false
  const dates = await Promise.all(started.map(place => readDates(place)))
  return dates
    .flat()
    .some(({ notBefore, notAfter }) => notAfter < now || now.getTime() - notBefore.getTime() < recentMs)
}

/**
 * A server that presents an expired certificate has no clients, whatever it answers. undefined for a host without an API
 * server.
 */
async function apiIsUsable(host: HostReader, now: Date): Promise<boolean | undefined> {
  const pod = await readStaticPod(host, 'kube-apiserver')
  if (pod === undefined) return undefined
  const server = componentUrl(pod, 'kube-apiserver')
  try {
    const [pem, { status }] = await Promise.all([
      readServedPem(host, new URL(server)),
      realClients.probe(host, server, '/livez'),
    ])
    // Without anonymous requests it answers 401.
    return parseCertificate(pem).notAfter > now && (status === 200 || status === 401)
  } catch (error) {
    if (!isAnswer(error)) throw error
    return false
  }
}

interface Dates {
  readonly notBefore: Date
  readonly notAfter: Date
}

async function readDates({ host, cluster }: RenewedControlPlane): Promise<readonly Dates[]> {
  const leaves = certsOf(cluster).filter(({ signedBy }) => signedBy !== undefined)
  const [{ onDisk }, kubelet] = await Promise.all([
    readCertificatesOnDisk(host, cluster, leaves),
    readKubeletClient(host).catch(orUndefined),
  ])
  return [...onDisk, ...(kubelet?.certificate === undefined ? [] : [kubelet.certificate])]
}
