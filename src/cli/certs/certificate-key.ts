import { newCertificateKey } from '../../pki/certificate-key.ts'
import { presentResult } from '../../ui/present-result.ts'
import type { CommonOptions } from '../options.ts'

/** `kadm certs certificate-key`: prints 64 hex characters. Connects to no host. */
export async function runCertificateKey({ output }: Pick<CommonOptions, 'output'>): Promise<number> {
  const certificateKey = newCertificateKey().reveal()
  process.stdout.write(presentResult({ certificateKey }, output, () => `${certificateKey}\n`))
  return 0
}
