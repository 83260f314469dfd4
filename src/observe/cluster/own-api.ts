import type { HostReader } from '../../host/host.ts'
import { readStaticPod } from '../machine/static-pod.ts'

/** Returns where the API server of a control plane listens, from its manifest; undefined without an address there. */
export async function ownApi(source: HostReader): Promise<{ address: string; port: number } | undefined> {
  const flags = (await readStaticPod(source, 'kube-apiserver'))?.flags
  const address = flags?.get('advertise-address')
  return address === undefined ? undefined : { address, port: Number(flags?.get('secure-port') ?? 6443) }
}
