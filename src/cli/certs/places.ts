import type { CertificatePlaces } from '../../compose/csr-node.ts'
import { parseInit } from '../../config/init.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { machinePath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'

export interface PlaceOptions extends CommonOptions {
  readonly certDir?: string
  readonly config?: string
  readonly kubeconfigDir: string
}

/** Reads the directories on the host and the configuration. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parsePlaces(
  { certDir, kubeconfigDir, config, host }: PlaceOptions,
  startedAt: Date,
): { readonly places: CertificatePlaces; readonly warnings: readonly string[] } {
  const remote = host !== undefined
  const dir = (path: string, by: string) => machinePath(path, { by, remote }).replace(/(.)\/+$/, '$1')
  const { file } = readConfigFile(config)
  const input = { ...(file === undefined ? {} : { file }), flags: {}, startedAt }
  const parsed = parseInit({ ...input, randomToken: () => newBootstrapToken().reveal() })
  const places = {
    ...{ parsed, configured: file !== undefined, kubeconfigDir: dir(kubeconfigDir, '--kubeconfig-dir') },
    ...(certDir === undefined || certDir === '' ? {} : { certificatesDir: dir(certDir, '--cert-dir') }),
  }
  return { places, warnings: parsed.warnings }
}
