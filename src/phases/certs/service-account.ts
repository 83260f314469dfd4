import { given } from '../../cluster/given.ts'
import { serviceAccountPair } from '../../cluster/node-files.ts'
import { keyName } from '../../cluster/session.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { isExternalCa } from '../../observe/pki/external-ca.ts'
import { privateKeyPem, publicKeyPem } from '../../pki/keys.ts'
import { decideServiceAccountReuse } from '../../pki/service-account.ts'
import type { PhaseContext } from '../phase.ts'

/** Creates the service account key pair. As in kubeadm, the operator provides it if the CA is external. */
export async function ensureServiceAccountKey(ctx: PhaseContext): Promise<void> {
  const { cluster, node, host, session } = ctx
  const path = serviceAccountPair(cluster.config.certificatesDir)
  const [key, publicKey, external] = await Promise.all([
    readText(host, path.key),
    readText(host, path.publicKey),
    isExternalCa(host, cluster.config.certificatesDir),
  ])
  if (external && key !== undefined) return
  const found = {
    keyPath: path.key,
    publicKeyPath: path.publicKey,
    ...given({ key, publicKey }),
  }
  const reuse = decideServiceAccountReuse(found)
  if (reuse.action === 'keep') {
    for (const text of reuse.warnings) ctx.report({ kind: 'warning', text })
    if (!reuse.publicKeyMissing) return
  }
  const pair = reuse.action === 'keep' ? reuse.key : await session.key(keyName(node, 'sa'))
  if (reuse.action === 'create') {
    await host.writeFile({ path: path.key, content: privateKeyPem(pair), mode: 0o600 })
  }
  const half = publicKeyPem(pair)
  await host.writeFile({ path: path.publicKey, content: half, mode: 0o600 })
}
