import type { RenewRequest } from '../../cluster/request.ts'
import type { OutdatedUse } from '../../observe/cluster/outdated-components.ts'

export function skipReason({ request }: { readonly request: RenewRequest }): string | undefined {
  if (request.restart === false) return 'named by --no-restart'
  if (request.kubeconfigsOf === undefined) return undefined
  return `the components use the certificates in ${request.kubeconfigsOf}, not those of --cert-dir`
}

/** `kube-scheduler started before /etc/kubernetes/scheduler.conf changed` */
export function outdatedText({ component, file, how, server, why }: OutdatedUse): string {
  switch (how) {
    case 'serves':
      return `${server} presents another certificate than ${file}`
    case 'uses':
      return `${component} started before ${file} changed`
    case 'silent':
      return `${server} presents no certificate: ${why}`
  }
}
