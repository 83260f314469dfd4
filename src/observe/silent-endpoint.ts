import type { Kube } from '../clients/kube/kube.ts'
import { hostPort } from '../cluster/cidr.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readStaticPod } from './static-pod.ts'

/** Probes are short: the run has failed already. */
const patienceMs = 2000

/**
 * What a control plane's endpoint that does not answer is told as. When the API server of that machine answers at its
 * own address, the way to it is at fault: the load balancer, or where the name leads.
 */
export async function explainSilentEndpoint(
  error: unknown,
  {
    leader,
    server,
    open,
  }: { leader: HostReader; server: string; open: (server: string) => Pick<Kube, 'probe' | 'close'> },
): Promise<unknown> {
  if (!isKadmError(error, 'API_UNREACHABLE')) return error
  const own = await ownServer(leader).catch(() => undefined)
  if (own === undefined || own === server || !(await answers(open(own)))) return error
  const message = `${error.message}; the API server of ${leader.name} itself answers at ${own}`
  return new KadmError('API_UNREACHABLE', message, {
    hint: `see the load balancer of ${server}, or where the name leads, and that it passes connections on to ${own}; the nodes of the cluster need it too`,
    cause: error,
    ...(error.output === undefined ? {} : { output: error.output }),
  })
}

/** Where the API server of a control plane listens, by its manifest. */
async function ownServer(leader: HostReader): Promise<string | undefined> {
  const flags = (await readStaticPod(leader, 'kube-apiserver'))?.flags
  const address = flags?.get('advertise-address')
  return address === undefined ? undefined : `https://${hostPort(address, Number(flags?.get('secure-port') ?? 6443))}`
}

async function answers(kube: Pick<Kube, 'probe' | 'close'>): Promise<boolean> {
  try {
    return (await kube.probe('/livez', { timeoutMs: patienceMs })).status === 200
  } catch {
    return false
  } finally {
    kube.close()
  }
}
