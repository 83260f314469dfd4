import { type ImportRequest, renewalDir } from '../../cluster/csr-request.ts'
import { secret } from '../../cluster/secret.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { parseCertificates } from '../../pki/certificate.ts'
import { privateKeyPem } from '../../pki/keys.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { embedCredentials } from '../../pki/kubeconfig-edit.ts'
import { matchesKey } from '../../pki/verify.ts'
import type { ControlPlanePhase } from '../phase.ts'
import type { ImportContext } from './import-context.ts'
import { type PlannedImport, planImport } from './plan-import.ts'

export const importCertificates: ControlPlanePhase<ImportRequest> = {
  id: 'certs-import/install',
  title: 'Verify and install the certificates',
  about:
    'Verifies the chain, the key, the subject, the names and the usages of all certificates, then installs each with its key.',
  kubeadm: 'none',
  role: 'control-plane',
  async run(ctx) {
    const { cas, certificates, warnings } = await planImport(ctx)
    for (const text of warnings) ctx.report({ kind: 'warning', text })
    for (const { path, brought } of cas) {
      await ctx.host.writeFile({ path, content: brought.pem, mode: 0o644 })
      ctx.report({ kind: 'result', key: 'ca', value: brought.name })
    }
    for (const planned of certificates) {
      await install(ctx, planned)
      await removeRenewal(ctx, planned)
    }
    await removeEmptyRenewal(ctx)
  },
}

async function install(ctx: ImportContext, planned: PlannedImport): Promise<void> {
  const { profile } = planned.inputs
  const changed = await installed(ctx, planned)
  const { notAfter } = planned.judged.leaf
  ctx.report({
    kind: 'result',
    key: changed ? 'imported' : 'unchanged',
    value: `${profile.name} ${notAfter.toISOString()}`,
  })
}

function installed(ctx: ImportContext, planned: PlannedImport): Promise<boolean> {
  const { profile, files } = planned.inputs
  if (files !== undefined) return installFiles(ctx, planned, files)
  return profile.kind === 'pair' ? installPair(ctx, planned) : installKubeconfig(ctx, planned)
}

/** Replaces the files of the kubelet. It keeps its certificate and its key in one file. */
async function installFiles(
  { host }: ImportContext,
  { judged, key }: PlannedImport,
  files: NonNullable<PlannedImport['inputs']['files']>,
): Promise<boolean> {
  const found = await readText(host, files.certificate)
  if (key.at === 'place' && found?.includes(judged.pem)) return false
  const certificate = await replacedFile(host, files.certificate, 0o600)
  const keyPem = privateKeyPem(key.key)
  if (files.key === files.certificate) {
    await host.writeFile({ ...certificate, content: secret(`${judged.pem}${keyPem.reveal()}`) })
  } else {
    const keyFile = await replacedFile(host, files.key, 0o600)
    await host.writePair({ ...keyFile, content: keyPem }, { ...certificate, content: judged.pem })
  }
  return true
}

async function installPair({ host }: ImportContext, { inputs, judged, key }: PlannedImport): Promise<boolean> {
  const { path, keyPath, text } = inputs
  if (key.at === 'place' && text === judged.pem) return false
  const certificate = { ...(await replacedFile(host, path, 0o644)), content: judged.pem }
  if (key.at === 'place') await host.writeFile(certificate)
  else {
    const file = await replacedFile(host, keyPath, 0o600)
    await host.writePair({ ...file, content: privateKeyPem(key.key) }, certificate)
  }
  return true
}

/** Keeps everything of the kubeconfig but its certificate and key, and a CA that it does not trust. */
async function installKubeconfig({ host }: ImportContext, planned: PlannedImport): Promise<boolean> {
  const { inputs, judged, key, ca, kubeconfig = '' } = planned
  const { caPem, clientCertPem } = parseKubeconfig(kubeconfig, inputs.path)
  const trusts = caPem !== undefined && parseCertificates(caPem, inputs.path).some(one => one.der.equals(ca.der))
  if (trusts && key.at === 'place' && clientCertPem === judged.pem) return false
  const credentials = {
    caPem: trusts ? caPem : ca.pem,
    certificatePem: judged.pem,
    keyPem: privateKeyPem(key.key),
  }
  const content = embedCredentials(kubeconfig, credentials, inputs.path)
  await host.writeFile({ ...(await replacedFile(host, inputs.path, 0o600)), content })
  return true
}

/** Removes the request and the key of a renewal whose certificate is in place: the key last, because a later import recognizes an unfinished one by it. */
async function removeRenewal({ host }: ImportContext, { inputs, judged }: PlannedImport): Promise<void> {
  const staged = inputs.place.keys.find(({ at }) => at === 'renewal')
  if (staged === undefined || !matchesKey(judged.leaf, staged.key)) return
  await host.remove(inputs.renewal.request)
  await host.remove(inputs.renewal.key)
}

/** Removes the directory of a renewal if all its certificates are in place. */
async function removeEmptyRenewal({ host, cluster }: ImportContext): Promise<void> {
  const dir = renewalDir(cluster.config.certificatesDir)
  const left = [...(await host.list(dir)).filter(name => name !== 'etcd'), ...(await host.list(`${dir}/etcd`))]
  if (left.length === 0) await host.remove(dir)
}

export { importedKubelet } from './kubelet.ts'
