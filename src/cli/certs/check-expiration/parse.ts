import { paths } from '../../../cluster/paths.ts'
import type { ClusterConfiguration } from '../../../cluster/spec.ts'
import { parseImages } from '../../../config/images.ts'
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
export function parseCheck(options: CheckOptions, startedAt: Date): AskedCheck {
  const { file } = readConfigFile(options.config)
  const remote = options.host !== undefined
  const certDir = options.certDir ? machinePath(options.certDir, { by: '--cert-dir', remote }) : undefined
  // As in kubeadm, a file takes precedence over --cert-dir.
  const flags = file === undefined && certDir !== undefined ? { 'cert-dir': certDir } : {}
  const { config, warnings } = parseImages(file, flags, startedAt)
  const failWithin = options.failWithin === undefined ? undefined : parseWithin('--fail-within', options.failWithin)
  return {
    ...{ config, warnings: file === undefined ? [] : warnings, fromCluster: file === undefined },
    kubeconfig: machinePath(options.kubeconfig || defaultKubeconfig, { by: '--kubeconfig', remote }),
    ...(certDir === undefined || file !== undefined ? {} : { certDir }),
    ...(failWithin === undefined ? {} : { failWithin }),
  }
}
