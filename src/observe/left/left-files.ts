import { paths } from '../../cluster/paths.ts'
import { orUndefined } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { decodePem } from '../../pki/pem.ts'
import { readText } from '../machine/read-text.ts'

/** The files that identify their cluster, by path; absent files are not included. */
export interface LeftFiles {
  readonly texts: ReadonlyMap<string, string>
  /** The kubelet's client certificate, if kubelet.conf names a file. */
  readonly kubeletCertificate?: string
}

export const kubeletConf = `${paths.kubernetesDir}/kubelet.conf`

/** Reads what `judgeEarlierInit` and `judgeEarlierJoin` need. Private keys stay on the host. */
export async function readLeftFiles(host: HostReader, wanted: readonly string[]): Promise<LeftFiles> {
  const found = await Promise.all(wanted.map(async path => [path, await host.readFile(path)] as const))
  const texts = new Map(
    found.flatMap(([path, bytes]) => (bytes === undefined ? [] : [[path, Buffer.from(bytes).toString()] as const])),
  )
  const file = attempt(() => parseKubeconfig(texts.get(kubeletConf) ?? ''))?.clientCertFile
  if (file === undefined) return { texts }
  return { texts, kubeletCertificate: await readCertificatesOf(host, file) }
}

/** Reads the certificates of a file that may also hold a key. Over SSH, a command on the host leaves out the key. */
async function readCertificatesOf(host: HostReader, file: string): Promise<string> {
  if (host.spec === undefined) {
    const blocks = decodePem((await readText(host, file).catch(orUndefined)) ?? '')
    return blocks.flatMap(({ label, text }) => (label === 'CERTIFICATE' ? [text] : [])).join('')
  }
  const { stdout } = await host.query(['sed', '-n', '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p', file])
  return stdout
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
