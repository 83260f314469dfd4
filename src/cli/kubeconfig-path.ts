import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { paths } from '../cluster/paths.ts'
import { machinePath } from './named-paths.ts'

const adminConf = `${paths.kubernetesDir}/admin.conf`

export interface KubeconfigChoice {
  /** --kubeconfig */
  readonly given?: string
  /** True when another host than this one is asked: there only its admin.conf is looked for. */
  readonly remote: boolean
}

/** The first that exists of those in $KUBECONFIG (else ~/.kube/config) and /etc/kubernetes/admin.conf: kubeadm's order. Throws USAGE. */
export function kubeconfigPath({ given, remote }: KubeconfigChoice, env = process.env, exists = existsSync): string {
  if (given !== undefined && given !== '') return machinePath(given, { by: '--kubeconfig', remote })
  if (remote) return adminConf
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean)
  const candidates = [...(named.length > 0 ? named : [join(homedir(), '.kube', 'config')]), adminConf]
  return candidates.map(path => resolve(path)).find(path => exists(path)) ?? adminConf
}
