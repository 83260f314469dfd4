import { dirname, resolve } from 'node:path/posix'
import type { KubeconfigOrigin } from '../../clients/kube/access.ts'
import { given } from '../../cluster/given.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { commandFor } from '../../errors/operator-commands.ts'
import type { HostReader } from '../../host/host.ts'
import { decodeKubeconfig, type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { readText } from '../machine/read-text.ts'

/** Reads a kubeconfig on a host; files that it names get whole paths. Throws KUBECONFIG_INVALID when it is missing or does not parse. */
export async function readKubeconfig(host: HostReader, path: string): Promise<KubeconfigFile> {
  const bytes = await host.readFile(path)
  if (bytes === undefined) throw missingKubeconfig(host, path)
  const origin = { path, machine: host.name, ...given({ spec: host.spec }) }
  return { ...withAbsolutePaths(path, parseKubeconfig(decodeKubeconfig(bytes, path), path)), origin }
}

/** A kubeconfig of a host. */
export interface KubeconfigFile extends Kubeconfig {
  readonly origin: KubeconfigOrigin
}

/** Files that a kubeconfig names lie beside it unless it gives whole paths. */
export function withAbsolutePaths(path: string, kubeconfig: Kubeconfig): Kubeconfig {
  const files = (['caFile', 'clientCertFile', 'clientKeyFile', 'tokenFile'] as const).flatMap(name => {
    const file = kubeconfig[name]
    return file === undefined ? [] : [[name, resolve(dirname(path), file)] as const]
  })
  return { ...kubeconfig, ...Object.fromEntries(files) }
}

export function missingKubeconfig({ name, spec }: Pick<HostReader, 'name' | 'spec'>, path: string): KadmError {
  return new KadmError('KUBECONFIG_INVALID', `${path} does not exist on ${name}`, {
    hint: `run this on a control plane, or make the file with ${commandFor(spec, 'init phase kubeconfig')}`,
  })
}

/** The server and CA that a kubeconfig names, the latter in it or by a file of the host. */
export async function readCa(
  host: HostReader,
  path: string,
): Promise<{ readonly server: string; readonly caPem: string }> {
  const { server, caPem: embedded, caFile } = await readKubeconfig(host, path)
  const caPem = embedded ?? (caFile === undefined ? undefined : await readText(host, caFile))
  if (caPem !== undefined) return { server, caPem }
  throw new KadmError('KUBECONFIG_INVALID', `${path} on ${host.name} contains no CA certificate`, {
    hint: `create it again with ${commandFor(host.spec, 'init phase kubeconfig admin')}`,
  })
}
