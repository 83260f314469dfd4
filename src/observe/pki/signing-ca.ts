import type { Cluster, Node } from '../../cluster/cluster.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import { matchesKey } from '../../pki/verify.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { staticPodOf } from '../machine/static-pod.ts'

/** PEM texts of a CA on the host. An external CA has no key. */
export interface CaFiles {
  readonly certificatePath: string
  readonly certificate?: string
  readonly key?: string
}

/**
 * Returns what components do not accept of a CA file with several certificates. As a trust bundle it is valid, but
 * kube-controller-manager signs with the file and exits unless it contains exactly one.
 */
export function bundleFaults(found: CaFiles, cluster: Cluster, node: Node): readonly Problem[] {
  const certificates = all(found)
  if (certificates.length < 2 || found.key === undefined) return []
  const field = found.certificatePath
  const signer = certificates.findIndex(one => belongs(one, found.key ?? ''))
  if (signer > 0) {
    const message = `holds ${certificates.length} certificates, and the key belongs to number ${signer + 1}`
    return [{ field, message, remedy: 'put the certificate that matches the key first' }]
  }
  if (signer < 0 || !signsWith(found.certificatePath, cluster, node)) return []
  const message = `holds ${certificates.length} certificates, and the kube-controller-manager signs with it: it accepts exactly one there`
  const remedy =
    'leave the certificate of the signing CA alone in the file; or move it to a separate file and name that in controllerManager.extraArgs as cluster-signing-cert-file'
  return [{ field, message, remedy }]
}

function all({ certificate = '' }: CaFiles): readonly Certificate[] {
  try {
    return parseCertificates(certificate)
  } catch (error) {
    if (!isKadmError(error)) throw error
    return []
  }
}

function belongs(certificate: Certificate, key: string): boolean {
  try {
    return matchesKey(certificate, parsePrivateKey(key, ''))
  } catch (error) {
    if (!isKadmError(error)) throw error
    return false
  }
}

/** Decides from the manifest that this run renders, with extra arguments and patches. */
function signsWith(path: string, cluster: Cluster, node: Node): boolean {
  const flags = staticPodOf(renderKubeControllerManager(cluster, node))?.flags ?? new Map<string, string>()
  return [...flags].some(([name, value]) => /^cluster-signing-.*cert-file$/.test(name) && value === path)
}
