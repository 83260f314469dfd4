import { serviceAccountPair } from '../../cluster/node-files.ts'
import { type SaRequest, saRotationFiles } from '../../cluster/sa-rotation.ts'
import { secret } from '../../cluster/secret.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { ensureDir, ensureFile } from '../../ops/ensure-file.ts'
import type { ControlPlanePhase } from '../phase.ts'

/** The names of the files stay kubeadm's, so that joins, upgrades and upload-certs keep both public keys. */
export const saKeys: ControlPlanePhase<SaRequest> = {
  id: 'rotate-sa/keys',
  title: 'Write the service account keys',
  about: 'Writes the key that signs tokens to sa.key, and the keys that are trusted to sa.pub.',
  kubeadm: 'none',
  role: 'control-plane',
  needs: [],
  async run({ cluster, host, request }) {
    const { certificatesDir } = cluster.config
    const { signer, trusted, pair, lasts } = request.goal
    const files = saRotationFiles(certificatesDir)
    if (lasts) {
      await ensureDir(host, files.dir, 0o700)
      await ensureFile(host, { path: files.old, content: pair.old.privatePem, mode: 0o600 })
      await ensureFile(host, { path: files.new, content: pair.new.privatePem, mode: 0o600 })
    }
    const { key: keyPath, publicKey: publicPath } = serviceAccountPair(certificatesDir)
    const [key, publicKeys, stat] = await Promise.all([
      readText(host, keyPath),
      readText(host, publicPath),
      host.stat(publicPath),
    ])
    const publicPem = trusted.map(({ publicPem: pem }) => pem).join('')
    const publicFile = { path: publicPath, content: publicPem, mode: stat?.mode ?? 0o600 }
    if (key === signer.privatePem.reveal()) {
      if (publicKeys !== publicPem) await ensureFile(host, publicFile)
      return
    }
    await host.writePair({ path: keyPath, content: secret(signer.privatePem.reveal()), mode: 0o600 }, publicFile)
  },
}
