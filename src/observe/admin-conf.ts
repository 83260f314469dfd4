import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { type Kubeconfig, parseKubeconfig } from '../pki/kubeconfig.ts'

/** Reads a kubeconfig on a machine. Throws KUBECONFIG_INVALID when it is missing or does not parse. */
export async function readKubeconfig(host: HostReader, path: string): Promise<Kubeconfig> {
  const bytes = await host.readFile(path)
  if (bytes === undefined) {
    throw new KadmError('KUBECONFIG_INVALID', `${path} does not exist on ${host.name}`, {
      hint: 'run this on a control plane, or make the file with `kadm init phase kubeconfig`',
    })
  }
  return parseKubeconfig(Buffer.from(bytes).toString())
}

/** The server and CA that a kubeconfig with an embedded CA names. */
export async function readCa(
  host: HostReader,
  path: string,
): Promise<{ readonly server: string; readonly caPem: string }> {
  const { server, caPem } = await readKubeconfig(host, path)
  if (caPem !== undefined) return { server, caPem }
  throw new KadmError('KUBECONFIG_INVALID', `${path} on ${host.name} holds no CA certificate`, {
    hint: 'make it again with `kadm init phase kubeconfig admin`',
  })
}
