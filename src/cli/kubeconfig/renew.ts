import { realpathSync } from 'node:fs'
import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import type { EncryptionAlgorithm } from '../../cluster/spec.ts'
import { connectTo } from '../../compose/machines.ts'
import { parseInit } from '../../config/init.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { type RenewedUser, renewUserKubeconfig } from '../../observe/pki/renew-user-kubeconfig.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { algorithmOf, generateKey, parsePrivateKey } from '../../pki/keys.ts'
import type { Kubeconfig } from '../../pki/kubeconfig.ts'
import { presentResult } from '../../ui/present-result.ts'
import { ownPath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile, readOwnText } from '../options.ts'
import { warn } from '../run/report.ts'
import { ownFile, writeUnlessOther } from '../write-own.ts'
import { readValidity, superuserWarnings } from './credentials.ts'

export interface RenewUserOptions extends CommonOptions {
  readonly validityPeriod: string
  readonly config?: string
  readonly to?: string
  readonly force?: boolean
}

/** `kadm kubeconfig renew`: a new certificate for the user of a kubeconfig file on this host. */
export async function runKubeconfigRenew(path: string, options: RenewUserOptions): Promise<number> {
  const startedAt = new Date()
  const validityMs = readValidity(options.validityPeriod)
  const to = readTarget(path, options)
  const file = readConfigFile(options.config)
  const parsed = parseInit({ ...file, flags: {}, startedAt, randomToken: () => newBootstrapToken().reveal() })
  const text = readOwnText(path, 'kubeconfig renew')
  const algorithm = file.file === undefined ? undefined : keyAlgorithm(parsed.config)
  const key = (old: Kubeconfig) => generateKey(algorithm ?? algorithmLike(old))
  const [spec, ...more] = options.host ?? []
  if (more.length > 0)
    throw new KadmError('USAGE', 'the certificate is signed by one CA: give exactly one --host, a control plane')
  const host = await connectTo(spec, options)
  try {
    const named = path === '-' ? 'the kubeconfig' : path
    const renewed = await renewUserKubeconfig(host, parsed, { text, file: named, key, startedAt, validityMs })
    warn(superuserWarnings(renewed.certificate.subject.organizations))
    process.stdout.write(present(renewed, options, to))
    return 0
  } finally {
    await host.close()
  }
}

interface Output {
  /** undefined: stdout. */
  readonly path: string | undefined
  readonly replaces: boolean
}

/** The file itself is replaced, and so is the target of a link. Another file is only replaced with --force. */
function readTarget(path: string, { to, force = false }: RenewUserOptions): Output {
  if (to === '-' || (to === undefined && path === '-')) return { path: undefined, replaces: false }
  if (to !== undefined) return { path: ownFile('--to', to), replaces: force }
  try {
    return { path: realpathSync(ownPath(path)), replaces: true }
  } catch {
    // Reading the file reports why it cannot be used.
    return { path: ownPath(path), replaces: true }
  }
}

const known: readonly EncryptionAlgorithm[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384']

/** Returns the algorithm of the existing key, else the default. */
function algorithmLike({ clientKeyPem }: Kubeconfig): EncryptionAlgorithm {
  try {
    const algorithm = clientKeyPem === undefined ? undefined : algorithmOf(parsePrivateKey(clientKeyPem.reveal()))
    return known.find(name => name === algorithm) ?? 'RSA-2048'
  } catch {
    return 'RSA-2048'
  }
}

function present(renewed: RenewedUser, { output }: RenewUserOptions, { path, replaces }: Output): string {
  const { certificate, content, server, caReplaced } = renewed
  const { commonName: user, organizations } = certificate.subject
  const result = { user, organizations, server, expires: certificate.notAfter, caReplaced }
  const text = content.reveal()
  if (path === undefined) return presentResult({ ...result, kubeconfig: text }, output, () => text)
  writeUnlessOther(path, text, replaces)
  const line = `${path}: renewed for ${user}, expires on ${certificate.notAfter.toISOString().slice(0, 10)}\n`
  return presentResult({ ...result, path }, output, () => line)
}
