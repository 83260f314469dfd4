import type { JoinRequest } from '../../cluster/request.ts'
import { secret } from '../../cluster/secret.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { sharedFaults } from '../../observe/pki/shared-faults.ts'
import { readOwnFiles, readSealedFiles, readSourceFiles, type SharedFiles } from '../../observe/pki/shared-files.ts'
import { holdsPrivateKey } from '../../pki/shared-files.ts'
import { certificateKeyFlags, discoveryFlags } from '../flag-groups.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Copies the CAs and keys that control planes share: over SSH, or decrypted from the cluster. */
export const downloadCerts: Phase<JoinRequest> = {
  id: 'control-plane-prepare/download-certs',
  title: 'Download the shared control plane files',
  about:
    'Copies the CAs and the keys that control planes share: from the host of `--from`, else decrypted from the cluster with the certificate key. Fails when files on the host differ, and names them all.',
  flags: [...certificateKeyFlags, 'control-plane', ...discoveryFlags],
  role: 'control-plane',
  async run(ctx) {
    const { cluster, node, host, session } = ctx
    const files = await readShared(ctx)
    const ca = session.discovered?.ca
    if (ca === undefined) throw new KadmError('INTERNAL', 'no cluster was discovered before joining')
    const problems = await sharedFaults(host, files, { cluster, node, ca, now: session.startedAt })
    if (problems.length > 0) {
      throw new KadmError('CERT_INVALID', 'existing files on the host do not match this cluster', { problems })
    }
    await Promise.all([...files].map(file => writeMissing(ctx, file)))
  },
}

async function readShared({ cluster, request, host, source, kube }: PhaseContext<JoinRequest>): Promise<SharedFiles> {
  const key = request.certificateKey
  if (source !== undefined) return readSourceFiles(source, cluster.config)
  if (key === undefined) return readOwnFiles(host, cluster.config)
  try {
    return await readSealedFiles(await kube('bootstrap'), cluster.config, key)
  } catch (error) {
    // An upload expires after two hours. A node that has joined does not need it.
    if (!isKadmError(error, 'CERT_INVALID')) throw error
    return readOwnFiles(host, cluster.config).catch(() => Promise.reject(error))
  }
}

/** The modes are kubeadm's: only root may read a private key. */
async function writeMissing({ host }: PhaseContext, [path, text]: readonly [string, string]): Promise<void> {
  if ((await host.stat(path)) !== undefined) return
  const file = holdsPrivateKey(text) ? { content: secret(text), mode: 0o600 } : { content: text, mode: 0o644 }
  await host.writeFile({ path, ...file })
}
