import type { HostReader } from '../../host/host.ts'
import { kubeClient } from './client.ts'
import type { Kube } from './kube.ts'

/** A CA to verify the server with, or no verification at all. */
export type Trust = { readonly ca: string } | { readonly insecure: true }

/** A client without identity, for reading cluster-info: first unverified, then with the CA that was found. */
export function anonymousKube(
  host: Pick<HostReader, 'connect'>,
  server: string,
  trust: Trust,
  userAgent?: string,
): Kube {
  return kubeClient({
    host,
    kubeconfig: { server, ...('ca' in trust ? { caPem: trust.ca } : {}) },
    insecure: 'insecure' in trust,
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}
