import { posix } from 'node:path'
import { paths } from '../../cluster/paths.ts'
import { orUndefined } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { timeOn } from '../../observe/machine/clock.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { readKubeletClient } from '../../observe/pki/kubelet-client.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import type { PhaseContext } from '../phase.ts'

/**
 * Removes the certificate that a kubelet made for its own server if it has expired. The kubelet makes another one when it
 * starts, but only if there is none. Returns true if it was removed; the kubelet must then be restarted.
 */
export async function removeExpiredServing({ node, host, report }: PhaseContext): Promise<boolean> {
  const certificate = `${await certificateDir(host)}/kubelet.crt`
  const text = await readText(host, certificate)
  if (text === undefined || !isOwnAndExpired(text, timeOn(node))) return false
  report({ kind: 'progress', text: `removing ${certificate}, which has expired: the kubelet makes another one` })
  await host.remove(certificate)
  await host.remove(certificate.replace(/\.crt$/, '.key'))
  return true
}

async function certificateDir(host: HostReader): Promise<string> {
  const path = (await readKubeletClient(host))?.files?.certificate
  return path?.startsWith('/') === true ? posix.dirname(path) : paths.kubeletPkiDir
}

/** The kubelet signs its certificate with a CA of the name `w1-ca@1764504000`, whose key it does not keep. */
function isOwnAndExpired(text: string, now: Date): boolean {
  try {
    const { issuer, notAfter } = parseCertificate(text)
    return /-ca@\d+$/.test(issuer.commonName) && notAfter < now
  } catch (error) {
    return orUndefined(error) ?? false
  }
}
