import { dirname, resolve } from 'node:path/posix'
import type { KubeconfigOrigin } from '../../clients/kube/access.ts'
import { given } from '../../cluster/given.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { commandFor } from '../../errors/operator-commands.ts'
import type { HostReader } from '../../host/host.ts'
import { decodeKubeconfig, type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { readText } from '../machine/read-text.ts'

/**
 * Reads a kubeconfig on a host, with absolute paths for its files. Throws KUBECONFIG_INVALID if it is missing or does
 * not parse.
 */
export async function readKubeconfig(host: HostReader, path: string): Promise<KubeconfigFile> {
  const bytes = await host.readFile(path)
  if (bytes === undefined) throw missingKubeconfig(host, path)
  const origin = { path, machine: host.name, ...given({ spec: host.spec }) }
  return { ...withAbsolutePaths(path, parseKubeconfig(decodeKubeconfig(bytes, path), path)), origin }
}

/** A kubeconfig on a host. */
export interface KubeconfigFile extends Kubeconfig {
  readonly origin: KubeconfigOrigin
}

/** Resolves the relative paths of a kubeconfig against its directory. */
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

/** Returns the server and the CA of a kubeconfig. The CA is embedded or in a file of the host. */
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
