import { given } from '../../cluster/given.ts'
import type { Json } from '../../cluster/json.ts'
import { isSecret } from '../../cluster/secret.ts'
import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import type { Drafts } from '../documents/drafts.ts'
import { type FieldPath, valueAt } from '../field/field-path.ts'
import type { Flag, FlagCommand, FlagValues } from './flag.ts'
import { flags } from './flags.ts'
import { parseFlagValue } from './values.ts'

/** Options of the run from the flags. */
export interface RunFlags {
  readonly uploadCerts: boolean
  readonly skipTokenPrint: boolean
  readonly skipCertificateKeyPrint: boolean
  readonly kubeconfig?: string
  readonly kubeconfigDir?: string
}

/** kubeadm's list of flags that can be combined with --config, and kadm's own flags without a field. */
const besideConfig = new Set([
  ...['config', 'ignore-preflight-errors', 'dry-run', 'kubeconfig', 'node-name', 'kubeconfig-dir', 'upload-certs'],
  ...['print-manifest', 'allow-missing-template-keys', 'output', 'show-managed-fields', 'print-join-command', 'rootfs'],
  ...['v', 'log-file', 'yes', 'token-file', 'certificate-key-file', 'backup', 'cleanup-network', 'rollback-on-failure'],
])

/** As in kubeadm, rejects flags that cannot be combined with --config, even with an empty name. Throws USAGE. */
export function refuseMixing(file: unknown, flags: FlagValues): void {
  if (file === undefined && flags.config === undefined) return
  const mixed = Object.keys(flags)
    .filter(name => !besideConfig.has(name) && !name.startsWith('skip-'))
    .sort()
  if (mixed.length === 0) return
  const hint = 'move these settings to the configuration file, or omit --config'
  throw new KadmError('USAGE', `can not mix '--config' with arguments [${mixed.join(' ')}]`, { hint })
}

const secrets = { token: 'the token', 'certificate-key': 'the certificate key' } as const

/** Rejects a secret together with the file that contains it. Throws USAGE. */
export function refuseTwice(values: FlagValues): void {
  for (const [name, what] of Object.entries(secrets)) {
    if (values[name] === undefined || values[`${name}-file`] === undefined) continue
    const hint = `use only --${name}-file: arguments are visible in the process list`
    throw new KadmError('USAGE', `${what} is set twice`, { hint })
  }
}

/**
 * Returns an error if the document has a token that --token-file does not replace, because it only fills empty fields.
 * Call it before the flags are applied.
 */
export function tokenTwice(drafts: Drafts, values: FlagValues, kind: string, path: FieldPath): readonly Problem[] {
  if (values['token-file'] === undefined || valueAt(drafts.read(kind), path) === undefined) return []
  const message = 'the file sets a token and --token-file sets another'
  return [drafts.problemOf({ kind, path, message, remedy: 'remove the field, or omit --token-file' })]
}

/** The documents that a command's flags change. */
const kindsOf: Readonly<Record<FlagCommand, readonly string[]>> = {
  init: ['InitConfiguration', 'ClusterConfiguration'],
  join: ['JoinConfiguration'],
  reset: ['ResetConfiguration'],
  'upgrade apply': ['UpgradeConfiguration'],
  'upgrade node': ['UpgradeConfiguration'],
}

/** Applies the flags to the documents; returns errors of their values as problems. */
export function overlayFlags(drafts: Drafts, command: FlagCommand, values: FlagValues): readonly Problem[] {
  const kinds = kindsOf[command]
  const problems: Problem[] = []
  for (const flag of inOrder(command)) {
    const raw = values[flag.name]
    if (raw === undefined || flag.sets === undefined) continue
    if (isSecret(raw) && raw.reveal().trim() === '') problems.push(nothingIn(flag))
    const parsed = parseFlagValue(flag, raw)
    if ('message' in parsed) problems.push({ field: `--${flag.name}`, ...parsed })
    else for (const field of flag.sets) lay(drafts, flag, field, kinds, parsed.value)
  }
  return problems
}

/** A secret file that is given must not be empty: kadm would generate the secret instead. */
function nothingIn({ name }: Flag): Problem {
  const remedy = `write the secret into the file, or omit --${name}`
  return { field: `--${name}`, message: 'the file is empty', remedy }
}

/** Flags that fill empty fields come after those that set a field. */
function inOrder(command: FlagCommand): readonly Flag[] {
  const all = flags.filter(flag => flag.commands.includes(command))
  return [...all.filter(flag => flag.mode !== 'fill'), ...all.filter(flag => flag.mode === 'fill')]
}

function lay(drafts: Drafts, flag: Flag, field: string, kinds: readonly string[], value: Json): void {
  const [kind = '', ...names] = field.split('.')
  if (!kinds.includes(kind)) return
  const path: FieldPath = names.map(name => (/^\d+$/.test(name) ? Number(name) : name))
  const before = drafts.valueAt(kind, path)
  if (flag.mode === 'fill' && before !== undefined && before !== null && before !== '') return
  const list = flag.mode === 'add' && Array.isArray(before) && Array.isArray(value)
  // An empty flag is the same as no value for any type of field.
  const set = value === '' ? null : value
  drafts.set(kind, path, list ? [...before, ...value] : set, flag.name)
}

/** Returns the flags that do not belong to a document. */
export function readRunFlags(values: FlagValues): RunFlags {
  const set = (name: string) => values[name] === true || values[name] === 'true'
  const text = (name: string) => (typeof values[name] === 'string' && values[name] !== '' ? values[name] : undefined)
  const kubeconfig = text('kubeconfig')
  const kubeconfigDir = text('kubeconfig-dir')
  return {
    uploadCerts: set('upload-certs'),
    skipTokenPrint: set('skip-token-print'),
    skipCertificateKeyPrint: set('skip-certificate-key-print'),
    ...given({ kubeconfig, kubeconfigDir }),
  }
}
