import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { paths } from '../cluster/paths.ts'
import { machinePath } from './named-paths.ts'

const adminConf = `${paths.kubernetesDir}/admin.conf`

export interface KubeconfigChoice {
  /** The value of --kubeconfig. */
  readonly given?: string
  /** True if the command works on another host. Only its admin.conf is then considered. */
  readonly remote: boolean
}

/**
 * Returns the first file that exists, in kubeadm's order: $KUBECONFIG (else ~/.kube/config), then
 * /etc/kubernetes/admin.conf. Throws USAGE.
 */
export function kubeconfigPath({ given, remote }: KubeconfigChoice, env = process.env, exists = existsSync): string {
  if (given !== undefined && given !== '') return machinePath(given, { by: '--kubeconfig', remote })
  if (remote) return adminConf
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean)
  const candidates = [...(named.length > 0 ? named : [join(homedir(), '.kube', 'config')]), adminConf]
  return candidates.map(path => resolve(path)).find(path => exists(path)) ?? adminConf
}
