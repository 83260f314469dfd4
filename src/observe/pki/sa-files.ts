import { given } from '../../cluster/given.ts'
import { serviceAccountPair } from '../../cluster/node-files.ts'
import { type SaPair, saRotationFiles } from '../../cluster/sa-rotation.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { parsePublicKeys } from '../../pki/keys.ts'
import { keyIdOf, parseSaKey, type SaOnHost } from '../../pki/sa-rotation.ts'
import { readText } from '../machine/read-text.ts'
import { readStaticPod } from '../machine/static-pod.ts'

/** Reads the service account keys of a control plane. Throws CERT_INVALID if they are missing or not usable. */
export async function readSaOnHost(host: HostReader, certificatesDir: string): Promise<SaOnHost> {
  const path = serviceAccountPair(certificatesDir)
  const files = saRotationFiles(certificatesDir)
  const [key, publicKeys, old, added] = await Promise.all(
    [path.key, path.publicKey, files.old, files.new].map(file => readText(host, file)),
  )
  if (key === undefined || publicKeys === undefined) {
    const missing = key === undefined ? path.key : path.publicKey
    throw new KadmError('CERT_INVALID', `${missing} does not exist on ${host.name}`, {
      hint: 'restore it, or copy sa.key and sa.pub of another control plane',
    })
  }
  await refuseOtherFiles(host, path)
  const pair: SaPair | undefined =
    old === undefined || added === undefined
      ? undefined
      : { old: parseSaKey(old, files.old), new: parseSaKey(added, files.new) }
  return {
    host: host.name,
    signer: parseSaKey(key, path.key).id,
    trusted: parsePublicKeys(publicKeys).map(keyIdOf),
    ...given({ pair }),
  }
}

/** The files of these flags are the ones that kadm changes. */
async function refuseOtherFiles(host: HostReader, { key, publicKey }: ReturnType<typeof serviceAccountPair>) {
  const [server, manager] = await Promise.all(
    ['kube-apiserver', 'kube-controller-manager'].map(name => readStaticPod(host, name)),
  )
  const wanted = [
    ['kube-apiserver', server, 'service-account-key-file', publicKey],
    ['kube-apiserver', server, 'service-account-signing-key-file', key],
    ['kube-controller-manager', manager, 'service-account-private-key-file', key],
  ] as const
  for (const [component, pod, flag, file] of wanted) {
    const found = pod?.flags.get(flag)
    if (found === file) continue
    const what = found === undefined ? `has no --${flag}` : `has --${flag}=${found}, not ${file}`
    throw new KadmError('CERT_INVALID', `${component} on ${host.name} ${what}: kadm does not rotate these keys`, {
      hint: 'rotate keys that kubeadm does not manage with the tool that made them',
    })
  }
}
