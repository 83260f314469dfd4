import type { RunOptions } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import type { RunFlags } from './flags/overlay.ts'

/** Fills in what the flags leave open. */
export function runOptions(
  flags: RunFlags,
  documents: Omit<RunOptions, keyof RunFlags | 'caCertPath'> & { readonly caCertPath?: string },
): RunOptions {
  return {
    ...documents,
    uploadCerts: flags.uploadCerts,
    skipTokenPrint: flags.skipTokenPrint,
    skipCertificateKeyPrint: flags.skipCertificateKeyPrint,
    kubeconfig: flags.kubeconfig ?? `${paths.kubernetesDir}/admin.conf`,
    kubeconfigDir: flags.kubeconfigDir ?? paths.kubernetesDir,
    caCertPath: documents.caCertPath ?? `${paths.defaultCertificatesDir}/ca.crt`,
  }
}
