import type { Kube } from '../../clients/kube/kube.ts'
import { hostPort } from '../../cluster/cidr.ts'
import { isKadmError, orUndefined } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { ownApi } from '../machine/static-pod.ts'
import { apiHealthy } from './api-health.ts'

/**
 * Returns the error for a control plane endpoint that does not answer. If the API server of the host answers at its own
 * address, the load balancer or the name of the endpoint is the cause.
 */
export async function explainSilentEndpoint(
  error: unknown,
  {
    source,
    server,
    open,
  }: { source: HostReader; server: string; open: (server: string) => Pick<Kube, 'probe' | 'close'> },
): Promise<unknown> {
  if (!isKadmError(error, 'API_UNREACHABLE')) return error
  const own = await ownServer(source).catch(orUndefined)
  if (own === undefined || own === server || !(await answers(open(own)))) return error
  const message = `${error.message}; the API server of ${source.name} itself answers at ${own}`
  return error.with({
    message,
    hint: `check that the load balancer or DNS name of ${server} forwards connections to ${own}; the nodes of the cluster need it too`,
  })
}

async function ownServer(source: HostReader): Promise<string | undefined> {
  const own = await ownApi(source)
  return own && `https://${hostPort(own.address, own.port)}`
}

async function answers(kube: Pick<Kube, 'probe' | 'close'>): Promise<boolean> {
  try {
    return (await apiHealthy(kube)) ?? false
  } catch (error) {
    return orUndefined(error) ?? false
  } finally {
    kube.close()
  }
}
