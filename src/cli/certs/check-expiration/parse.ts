import { defaultBindPort } from '../../../cluster/components.ts'
import { paths } from '../../../cluster/paths.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import type { ConfigFile } from '../../../config/documents/open-drafts.ts'
import { defaultClusterConfiguration } from '../../../config/kinds/cluster-configuration.ts'
import { machinePath } from '../../named-paths.ts'
import { readConfigFile } from '../../options.ts'
import { parseWithin } from '../within.ts'
import type { CheckOptions } from './options.ts'

const defaultKubeconfig = `${paths.kubernetesDir}/admin.conf`

/** What the command line asks for, before kadm connects to a host. */
export interface AskedCheck {
  /** The configuration of --config, or the default one. */
  readonly config: ClusterConfiguration
  /** True for the default configuration: that of the cluster replaces it. */
  readonly fromCluster: boolean
  readonly certDir?: string
  readonly kubeconfig: string
  /** Milliseconds. */
  readonly failWithin?: number
  readonly warnings: readonly string[]
}

/** Reads flags and the file. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export async function parseCheck(options: CheckOptions, startedAt: Date): Promise<AskedCheck> {
  const { file } = readConfigFile(options.config)
  const remote = options.host !== undefined
  const certDir = options.certDir ? machinePath(options.certDir, { by: '--cert-dir', remote }) : undefined
  const { config, warnings } = file === undefined ? withoutFile : await readFile(file, startedAt)
  const failWithin = options.failWithin === undefined ? undefined : parseWithin('--fail-within', options.failWithin)
  return {
    ...{ config, warnings, fromCluster: file === undefined },
    kubeconfig: machinePath(options.kubeconfig || defaultKubeconfig, { by: '--kubeconfig', remote }),
    // As in kubeadm, a file takes precedence over --cert-dir.
    ...(certDir === undefined || file !== undefined ? {} : { certDir }),
    ...(failWithin === undefined ? {} : { failWithin }),
  }
}

/** No check depends on the version of Kubernetes. */
const withoutFile = { config: defaultClusterConfiguration({}, '', defaultBindPort), warnings: [] }

/** Loads the code that validates files only for a file. */
async function readFile(file: ConfigFile, startedAt: Date) {
  const { parseImages } = await import('../../../config/images.ts')
  return parseImages(file, {}, startedAt)
}
