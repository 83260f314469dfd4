import { newCertificateKey } from '../../pki/certificate-key.ts'
import { presentResult } from '../../ui/present-result.ts'
import type { CommonOptions } from '../options.ts'

/** `kadm certs certificate-key`: 64 hex characters; no host is asked. */
export async function runCertificateKey({ output }: Pick<CommonOptions, 'output'>): Promise<number> {
  const certificateKey = newCertificateKey().reveal()
  process.stdout.write(presentResult({ certificateKey }, output, () => `${certificateKey}\n`))
  return 0
}
